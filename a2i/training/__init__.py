"""How the networks are trained, and stages of a run that can be stopped and go on."""
