"""The command and its groups, which the other modules of this package add their commands to."""

from tyro.extras import SubcommandApp

app = SubcommandApp()
data_app = SubcommandApp()
app.command(data_app, name="data", help="Generate stand-in scenes, or look at what is there of a data set.")
weights_app = SubcommandApp()
app.command(weights_app, name="weights", help="Look into a file of weights, or write one for other code.")
