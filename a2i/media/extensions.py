"""How files of media are named: the extensions of what `container` opens."""

VIDEO = frozenset(
    ".3g2 .3gp .3gpp .asf .avi .divx .f4v .flv .m1v .m2t .m2ts .m2v .m4v .mj2 .mkv .mod .mov .mp4 .mpe .mpeg .mpg .mts "
    ".ogm .ogv .qt .tod .ts .vob .webm .wmv".split()
)
SOUND = frozenset(
    ".aac .ac3 .aif .aifc .aiff .amr .au .caf .eac3 .ec3 .flac .m4a .m4b .mka .mp2 .mp3 .oga .ogg .opus .snd .w64 .wav "
    ".weba .wma".split()
)
PICTURE = frozenset(".bmp .jpeg .jpg .png .webp".split())
