"""The part of Flask-WTF that is used here; the package has no types of its own."""

from wtforms import Form
from wtforms.csrf.core import CSRFTokenField

class FlaskForm(Form):
    csrf_token: CSRFTokenField
