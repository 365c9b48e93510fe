"""Figures of notebooks in the report: those that are tagged, with their captions."""

from toy_report import notebook, png

from a2i.runner import figures


def test_a_tagged_figure_comes_with_the_question_of_its_notebook_and_its_caption(tmp_path):
    notebook(tmp_path / "01_first.ipynb")
    found = figures.section(tmp_path / "01_first.ipynb")
    assert (found.title, found.question) == ("A first look", "What is there to see?")
    assert [figure.source for figure in found.figures] == [f"data:image/png;base64,{png()}"]
    assert found.figures[0].caption == "Dots by <code>class</code>; <strong>higher</strong> is better."
