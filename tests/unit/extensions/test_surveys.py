"""The surveys are accepted by AWX, and ask only for documented variables, with their types, choices and defaults."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Callable

import pytest

from tests.unit.extensions.awx_files import SURVEYS, TEMPLATES, TOP, VARIABLES, load, public_variables

# The types of questions, with the types of their default.
QUESTION_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "textarea": (str,),
    "password": (str,),
    "integer": (int,),
    "float": (float, int),
    "multiplechoice": (str,),
    "multiselect": (str,),
}
REQUIRED_KEYS = {"question_name": str, "type": str, "variable": str, "required": bool}
OTHER_KEYS = {"question_description", "choices", "default", "min", "max"}
# The types of questions for each type of an argument spec.
COMPATIBLE = {
    "str": {"text", "textarea", "multiplechoice", "password"},
    "path": {"text"},
    "bool": {"multiplechoice"},
    "int": {"integer"},
    "float": {"float"},
    "list": {"textarea", "multiselect"},
    "dict": {"textarea"},
    "raw": {"text", "textarea"},
}
QUESTIONS = {
    f"{survey}-{question['variable']}": question for survey, spec in SURVEYS.items() for question in spec["spec"]
}
SPECS = public_variables()


def each_question(test: Callable[..., None]) -> Callable[..., None]:
    return pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)(test)


@pytest.mark.parametrize("survey", SURVEYS.values(), ids=SURVEYS)
def test_survey_has_the_fields_that_awx_requires(survey: dict[str, Any]) -> None:
    assert {key: type(value) for key, value in survey.items()} == {"name": str, "description": str, "spec": list}
    assert survey["spec"]
    assert max(Counter(question["variable"] for question in survey["spec"]).values()) == 1


@each_question
def test_question_has_the_fields_that_awx_requires(question: dict[str, Any]) -> None:
    assert {key: type(question.get(key)) for key in REQUIRED_KEYS} == REQUIRED_KEYS
    assert set(question) <= {*REQUIRED_KEYS, *OTHER_KEYS}
    assert question["type"] in QUESTION_TYPES
    assert type(question.get("default", QUESTION_TYPES[question["type"]][0]())) in QUESTION_TYPES[question["type"]]


@each_question
def test_limits_are_integers_and_include_the_default(question: dict[str, Any]) -> None:
    limits = [question[key] for key in ("min", "max") if key in question]
    assert [type(limit) for limit in limits] == [int] * len(limits)
    has_limits = question["type"] not in ("multiplechoice", "multiselect")
    assert len(limits) == (2 if has_limits else 0)
    default = question.get("default")
    if has_limits and default not in (None, ""):
        size = default if question["type"] in ("integer", "float") else len(default)
        assert question["min"] <= size <= question["max"]


@each_question
def test_only_optional_text_can_be_blank(question: dict[str, Any]) -> None:
    """AWX refuses a blank answer to a question of another type, and one that is shorter than the minimum."""
    is_text = question["type"] in ("text", "textarea", "password")
    assert question["required"] or (is_text and question["min"] == 0)
    assert not (question["required"] and is_text) or question["min"] > 0


@each_question
def test_choices_are_those_of_the_variable(question: dict[str, Any]) -> None:
    spec = SPECS[question["variable"]]
    choices = ["false", "true"] if spec["type"] == "bool" else spec.get("choices")
    assert question.get("choices") == choices
    assert "default" not in question or not choices or question["default"] in choices


@each_question
def test_variable_has_a_compatible_type(question: dict[str, Any]) -> None:
    assert question["type"] in COMPATIBLE[SPECS[question["variable"]]["type"]]


@each_question
def test_default_is_that_of_the_variable(question: dict[str, Any]) -> None:
    """AWX sends the default with every job, also with those of a schedule or a workflow."""
    default = SPECS[question["variable"]].get("default")
    expected = str(default).lower() if isinstance(default, bool) else default or ""
    assert question.get("default", expected) == expected


@each_question
def test_texts_contain_no_templates(question: dict[str, Any]) -> None:
    assert not [value for value in question.values() if isinstance(value, str) and re.search(r"\{[{%#]", value)]


@each_question
def test_only_new_passwords_are_asked_for(question: dict[str, Any]) -> None:
    """Other secrets come from credentials. AWX encrypts only the answers to questions of the type password."""
    is_secret = question["variable"].endswith("_password")
    assert (question["type"] == "password") == is_secret
    assert not is_secret or question["variable"].startswith("glance_new_")
    # With a default, AWX returns another value than it was given, and each run of the playbook would report a change.
    assert not is_secret or "default" not in question


def test_every_survey_belongs_to_a_template() -> None:
    assert sorted(SURVEYS) == sorted(template["survey"] for template in TEMPLATES if template["survey"])


def test_templates_that_run_without_a_user_have_all_answers() -> None:
    unattended = load(TOP / "extensions/awx/data/job_templates.yml")["awx_workflow"]
    surveys = [template["survey"] for template in TEMPLATES if template["name"] in unattended and template["survey"]]
    questions = [question for survey in surveys for question in SURVEYS[survey]["spec"]]
    assert [question["variable"] for question in questions if question.get("default") in (None, "")] == []


def test_removal_requires_an_explicit_answer() -> None:
    question = QUESTIONS["remove-glance_remove_data"]
    assert question["required"]
    assert "default" not in question


def test_the_default_inventory_answers_no_question() -> None:
    asked = {question["variable"] for question in QUESTIONS.values()}
    assert asked & set(VARIABLES["awx_inventory_variables"]) == set()
