"""The configuration of Sphinx for the documentation: see tools/docs.py."""

project = "osops.glance"
author = "The osops.glance authors"
html_title = "osops.glance"

extensions = ["myst_parser", "sphinx.ext.graphviz", "sphinx_antsibull_ext", "sphinx_copybutton"]
graphviz_output_format = "svg"
# Guides link to each other's sections by the names that GitHub gives them.
myst_heading_anchors = 4
# Console blocks mix commands and output, and examples of roles are parts of playbooks.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_css_files = ["site.css"]
html_static_path = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
# Only commands are copied, without the prompt and the output.
copybutton_prompt_text = "$ "
