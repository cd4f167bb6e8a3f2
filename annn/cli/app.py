"""The command line app and its groups; the other modules add their commands."""

from tyro.extras import SubcommandApp

app = SubcommandApp()
data_app = SubcommandApp()
app.command(data_app, name="data", help="Download, check or convert a data set, or generate stand-in scenes.")
weights_app = SubcommandApp()
app.command(weights_app, name="weights", help="Show a weights file, or write one for other code.")
