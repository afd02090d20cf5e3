"""The part of Flask-WTF that is used here; the package has no types of its own."""

from flask_wtf.csrf import CSRFProtect as CSRFProtect
from wtforms import Form
from wtforms.csrf.core import CSRFTokenField

class FlaskForm(Form):
    csrf_token: CSRFTokenField
