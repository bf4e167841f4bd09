"""Holds what we send to Slack against the models of Slack's Python SDK: lengths, enumerations, unknown properties.

    CARDS_OUT=/tmp/cards cargo test --test cards     # writes slack/messages and slack/views
    CARDS_OUT=/tmp/cards models.sh                   # exit code 1 on any difference

A model drops what it does not know without an error; so everything that goes in has to come out again.
"""
import copy
import json
import logging
import os
import pathlib
import sys

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, RichTextBlock, TaskCardBlock
from slack_sdk.models.views import View

logging.disable(logging.CRITICAL)


def lost(given, kept, at=""):
    """Properties that a model did not keep, or keeps with another value."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for name, value in given.items():
            yield from lost(value, kept.get(name), f"{at}/{name}")
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for number, (one, other) in enumerate(zip(given, kept)):
            yield from lost(one, other, f"{at}/{number}")
    elif given != kept:
        yield f"{at}: {json.dumps(given)[:80]} became {json.dumps(kept)[:80]}"


def plain(kept):
    """What a model returns, without objects in it."""
    return json.loads(json.dumps(kept, default=lambda model: model.to_dict()))


def block_faults(block):
    try:
        model = Block.parse(copy.deepcopy(block))
        if model is None:
            return ["the block is unknown"]
        faults = list(lost(block, plain(model.to_dict())))
        # The model of a plan takes tasks as they come.
        for task in block.get("tasks", []):
            faults += lost(task, plain(TaskCardBlock(**copy.deepcopy(task)).to_dict()), "/tasks")
            if "details" in task:
                faults += lost(task["details"], plain(RichTextBlock(**copy.deepcopy(task["details"])).to_dict()), "/details")
        return faults
    except (SlackObjectFormationError, TypeError) as error:
        return [str(error)]


def view_faults(view):
    try:
        faults = list(lost(view, plain(View(**copy.deepcopy(view)).to_dict())))
    except (SlackObjectFormationError, TypeError) as error:
        faults = [str(error)]
    return faults + [fault for block in view["blocks"] for fault in block_faults(block)]


def read(folder):
    files = sorted((pathlib.Path(os.environ["CARDS_OUT"]) / "slack" / folder).glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def slips(messages, views):
    """One slip each in what is right otherwise: every one of them has to be found."""

    def changed(value, change):
        value = copy.deepcopy(value)
        change(value)
        return value

    header, buttons = messages["approval"]["blocks"][0], messages["approval"]["blocks"][-1]
    plan = next(block for block in messages["progress"]["blocks"] if block["type"] == "plan")
    choice = next(block for block in messages["confirm"]["blocks"] if block["type"] == "input")
    form = views["confirm-form"]
    long = {"type": "plain_text", "text": "x" * 25, "emoji": False}
    yield "header of 151", block_faults(changed(header, lambda b: b["text"].update(text="x" * 151)))
    yield "misspelt property", block_faults(changed(header, lambda b: b.update(txt=b.pop("text"))))
    yield "unknown block", block_faults(changed(header, lambda b: b.update(type="heading")))
    yield "style success", block_faults(changed(buttons, lambda b: b["elements"][0].update(style="success")))
    yield "title of 76", block_faults(changed(buttons, lambda b: b["elements"][0]["text"].update(text="x" * 76)))
    yield "actionid", block_faults(changed(buttons, lambda b: b["elements"][0].update(actionid="x")))
    yield "value of 2001", block_faults(changed(buttons, lambda b: b["elements"][0].update(value="x" * 2001)))
    yield "101 options", block_faults(changed(choice, lambda b: b["element"].update(options=b["element"]["options"] * 101)))
    yield "status done", block_faults(changed(plan, lambda b: b["tasks"][0].update(status="done")))
    yield "misspelt task", block_faults(changed(plan, lambda b: b["tasks"][0].update(detail="x")))
    yield "modal title of 25", view_faults(changed(form, lambda v: v.update(title=long)))
    yield "101 blocks", view_faults(changed(form, lambda v: v.update(blocks=v["blocks"][:1] * 101)))
    yield "metadata of 3001", view_faults(changed(form, lambda v: v.update(private_metadata="x" * 3001)))


def main():
    messages, views = read("messages"), read("views")
    found, held = [], 0
    for name, message in messages.items():
        for block in message["blocks"] + (message["plain"] or []):
            held += 1
            found += [f"{name}: {block['type']}: {fault}" for fault in block_faults(block)]
    for name, view in views.items():
        held += 1
        found += [f"{name}: {fault}" for fault in view_faults(view)]
    missed = [f"a slip was not found: {name}" for name, faults in slips(messages, views) if not faults]
    for fault in found + missed:
        print(f"✗ {fault}")
    print(f"{held} blocks and views of {len(messages)} messages and {len(views)} views held against slack_sdk, "
          f"{len(found)} difference(s), {len(missed)} slip(s) not found")
    return 1 if found or missed or len(messages) < 25 or len(views) < 10 else 0


sys.exit(main())
