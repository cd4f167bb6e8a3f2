"""`python -m annn`, where the command `annn` is not on the path."""

from annn.cli import main

main()
