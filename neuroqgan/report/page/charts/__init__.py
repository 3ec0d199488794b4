"""Charts of the page, drawn by Bokeh in the browser."""
