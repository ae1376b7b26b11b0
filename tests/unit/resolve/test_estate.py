"""Many stacks together: what flows between them, what they need of one another, and their digests."""

from __future__ import annotations

import pytest


def definition(parameters="{}", environments="[lab]", **more):
    lines = ["template: template.yaml", f"environments: {environments}", f"parameters: {parameters}"]
    return "\n".join([*lines, *(f"{key}: {value}" for key, value in more.items())])


def consumer(expression="!Ref P", parameters="{Type: String, Default: none}"):
    return f"Parameters: {{P: {parameters}}}\nResources: {{R: {{Type: A::B::C, Properties: {{V: {expression}}}}}}}\n"


PRODUCER = """
    Resources:
      Topic: {Type: AWS::SNS::Topic}
    Conditions:
      Late: !Equals [!Ref AWS::StackId, x]
    Outputs:
      Name: {Value: !Sub "name-${AWS::Region}", Export: {Name: !Sub "${AWS::StackName}-name"}}
      Arn: {Value: !Ref Topic, Export: {Name: topic-arn}}
      Perhaps: {Value: fixed, Condition: Late}
"""


def pair(expression="!Ref P", parameters="{}", environments="[lab]", producer=PRODUCER, **more):
    return {
        "platform/source/stack.yaml": definition(environments=environments),
        "platform/source/template.yaml": producer,
        "platform/user/stack.yaml": definition(parameters, environments, **more),
        "platform/user/template.yaml": consumer(expression),
    }


USER = "lab/eu-west-1/user"
SOURCE = "lab/eu-west-1/source"


def test_output_that_is_static_flows_to_its_consumer(estate):
    found = estate(pair(parameters='{P: "${stacks.source.outputs.Name}"}'))

    assert found.findings == []
    assert found.values(USER) == {"V": "name-eu-west-1"}
    assert found.references(USER) == [("output", SOURCE, "Name")]


@pytest.mark.parametrize("output", ["Arn", "Perhaps"])
def test_output_that_only_deployment_knows_is_not_known_to_its_consumer(estate, output):
    found = estate(pair(parameters=f'{{P: "x-${{stacks.source.outputs.{output}}}"}}'))

    assert found.findings == []
    assert found.values(USER) == {"V": {"Ref": "P"}}
    assert found.stacks[USER].parameters["P"].value.reason == (
        f"output {output} of {SOURCE} exists only after that stack is deployed"
    )
    assert found.references(USER) == [("output", SOURCE, output)]


def test_list_with_an_output_that_only_deployment_knows_is_not_known(estate):
    files = pair(parameters='{P: ["${stacks.source.outputs.Arn}", b]}')
    files["platform/user/template.yaml"] = consumer(parameters="{Type: CommaDelimitedList}")
    found = estate(files)

    assert found.findings == []
    assert found.values(USER) == {"V": {"Ref": "P"}}


def test_static_outputs_flow_through_a_chain_whatever_its_order(estate):
    passing = "Parameters: {P: {Type: String}}\nResources: {R: {Type: A::B::C, Properties: {V: !Ref P}}}\n"
    passing += 'Outputs: {O: {Value: !Sub "${P}+"}}\n'
    files = {"platform/e/stack.yaml": definition("{P: start}"), "platform/e/template.yaml": passing}
    for name, source in (("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")):
        files[f"platform/{name}/stack.yaml"] = definition(f'{{P: "${{stacks.{source}.outputs.O}}"}}')
        files[f"platform/{name}/template.yaml"] = passing
    found = estate(files)

    assert found.findings == []
    assert found.values("lab/eu-west-1/a") == {"V": "start++++"}


@pytest.mark.parametrize(
    ("expression", "kind", "what", "value"),
    [
        ("!ImportValue shop-lab-source-name", "export", "shop-lab-source-name", "name-eu-west-1"),
        ("!ImportValue topic-arn", "export", "topic-arn", {"Fn::ImportValue": "topic-arn"}),
        (
            "{Fn::GetStackOutput: {StackName: shop-lab-source, OutputName: Name}}",
            "output",
            "Name",
            "name-eu-west-1",
        ),
        (
            "{Fn::GetStackOutput: {StackName: !Sub 'shop-lab-source', OutputName: Arn}}",
            "output",
            "Arn",
            {"Fn::GetStackOutput": {"StackName": "shop-lab-source", "OutputName": "Arn"}},
        ),
    ],
)
def test_what_a_template_takes_from_another_stack_is_a_need_of_it(estate, expression, kind, what, value):
    found = estate(pair(expression))

    assert found.findings == []
    assert found.values(USER) == {"V": value}
    assert found.references(USER) == [(kind, SOURCE, what)]


def test_export_is_not_seen_from_another_account(estate):
    files = pair("!ImportValue shop-lab-source-name")
    files["platform/user/stack.yaml"] = definition(environments="[live]")
    found = estate(files)

    assert found.findings == [
        (
            "estate-export template.yaml:2 live/eu-west-1/user (account 444455556666, eu-west-1) imports "
            '"shop-lab-source-name", which no stack there exports'
        )
    ]


def test_export_is_not_seen_from_another_region(estate):
    found = estate(pair("!ImportValue shop-lab-source-name", regions="[us-east-1]"))

    assert found.findings == [
        (
            "estate-export template.yaml:2 lab/us-east-1/user (account 111122223333, us-east-1) imports "
            '"shop-lab-source-name", which no stack there exports'
        )
    ]


def test_stack_output_is_read_across_accounts_and_regions(estate):
    files = pair(
        "{Fn::GetStackOutput: {StackName: shop-lab-source, OutputName: Name, Region: eu-west-1, "
        "RoleArn: 'arn:aws:iam::111122223333:role/reader'}}"
    )
    files["platform/user/stack.yaml"] = definition(environments="[live]")
    found = estate(files)

    assert found.findings == []
    assert found.values("live/eu-west-1/user") == {"V": "name-eu-west-1"}


def test_environments_read_their_own_stacks_unless_told_otherwise(estate):
    producer = "Resources: {T: {Type: A::B::C}}\nOutputs: {Name: {Value: !Ref AWS::AccountId}}\n"
    found = estate(
        pair(parameters='{P: "${stacks.source.outputs.Name}"}', environments="[lab, live]", producer=producer)
    )
    across = estate(
        pair(
            parameters='{P: "${stacks.live/source.outputs.Name}"}',
            environments="[lab, live]",
            producer=producer,
        )
    )

    assert [found.values(f"{name}/eu-west-1/user") for name in ("lab", "live")] == [
        {"V": "111122223333"},
        {"V": "444455556666"},
    ]
    assert across.values(USER) == {"V": "444455556666"}
    assert across.references(USER) == [("output", "live/eu-west-1/source", "Name")]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            pair(parameters='{P: "${stacks.source.outputs.Nam}"}'),
            (
                f"estate-output stack.yaml:3 {USER} needs the output Nam of {SOURCE}, which has none such "
                'Did you mean "Name"?'
            ),
        ),
        (
            pair(parameters='{P: "${stacks.sauce.outputs.Name}"}'),
            (
                f'estate-stack stack.yaml:3 {USER} needs the stack "sauce", and there is none in lab '
                'Did you mean "source"?'
            ),
        ),
        (
            pair(depends_on="[sourc]"),
            (
                f'estate-stack stack.yaml:4 {USER} needs the stack "sourc", and there is none in lab '
                'Did you mean "source"?'
            ),
        ),
        (
            pair(depends_on="[live/source]"),
            (
                f'estate-stack stack.yaml:4 {USER} needs the stack "live/source", and there is none in lab '
                f"It stands as {SOURCE}."
            ),
        ),
        (
            pair("!ImportValue shop-lab-source-nam"),
            (
                f'estate-export template.yaml:2 {USER} (account 111122223333, eu-west-1) imports "shop-lab-source-nam", '
                'which no stack there exports Did you mean "shop-lab-source-name"?'
            ),
        ),
        (
            pair("{Fn::GetStackOutput: {StackName: shop-lab-sorce, OutputName: Name}}"),
            (
                f"estate-stack template.yaml:2 {USER} (account 111122223333, eu-west-1) reads an output of "
                '"shop-lab-sorce", which is no stack of this estate Did you mean "shop-lab-source"?'
            ),
        ),
        (
            pair("{Fn::GetStackOutput: {StackName: shop-lab-source, OutputName: Nam}}"),
            (
                f"estate-output template.yaml:2 {USER} needs the output Nam of {SOURCE}, which has none such "
                'Did you mean "Name"?'
            ),
        ),
    ],
    ids=[
        "output",
        "stack",
        "depends_on",
        "elsewhere",
        "export",
        "stack by its name",
        "output by its stack's name",
    ],
)
def test_what_nobody_gives_is_told_with_the_nearest_that_somebody_does(estate, files, message):
    assert estate(files).findings == [message]


def test_dependency_is_a_need_of_the_stack_in_the_same_environment(estate):
    found = estate(pair(depends_on="[source]", environments="[lab, live]"))

    assert found.findings == []
    assert found.references("live/eu-west-1/user") == [("depends_on", "live/eu-west-1/source", "")]


CYCLES = {
    "each passes on what the other gives": ('!Sub "${P}"', '!Sub "${P}"'),
    "one gives when the other does not": ("!If [Given, fixed, other]", '!Sub "${P}"'),
}


@pytest.mark.parametrize("outputs", CYCLES.values(), ids=CYCLES)
def test_resolution_ends_when_stacks_need_each_other(estate, outputs):
    files = {}
    for name, other, value in (("a", "b", outputs[0]), ("b", "a", outputs[1])):
        files[f"platform/{name}/stack.yaml"] = definition(f'{{P: "${{stacks.{other}.outputs.O}}"}}')
        files[f"platform/{name}/template.yaml"] = (
            "Parameters: {P: {Type: String}}\nConditions: {Given: !Equals [!Ref P, fixed]}\n"
            f"Resources: {{R: {{Type: A::B::C, Properties: {{V: !Ref P}}}}}}\nOutputs: {{O: {{Value: {value}}}}}\n"
        )
    found = estate(files)

    assert [found.values(f"lab/eu-west-1/{name}") for name in "ab"] == [{"V": {"Ref": "P"}}] * 2


def test_resolution_ends_when_an_output_exists_only_while_nobody_knows_it(estate):
    first = (
        "Parameters: {P: {Type: String}}\nConditions: {Unread: !Not [!Equals [!Ref P, v]]}\nResources: {T: {Type: A::B::C}}\n"
        "Outputs: {O: {Value: v, Condition: Unread}}\n"
    )
    second = (
        "Parameters: {P: {Type: String}}\nResources: {T: {Type: A::B::C}}\nOutputs: {O: {Value: !Ref P}}\n"
    )
    found = estate(
        {
            "platform/a/stack.yaml": definition('{P: "${stacks.b.outputs.O}"}'),
            "platform/a/template.yaml": first,
            "platform/b/stack.yaml": definition('{P: "${stacks.a.outputs.O}"}'),
            "platform/b/template.yaml": second,
        }
    )

    assert found.findings == []
    assert found.stacks["lab/eu-west-1/b"].parameters["P"].plain() == {"Ref": "P"}


FUNCTION = """
    Transform: AWS::Serverless-2016-10-31
    Parameters: {P: {Type: String, Default: a}}
    Resources:
      F:
        Type: AWS::Serverless::Function
        Properties: {Runtime: python3.12, Handler: a.b, CodeUri: src/}
      Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref P, DelaySeconds: 1}}
"""
CODE = {
    "platform/app/stack.yaml": definition("{P: a}", tags="{T: a}"),
    "platform/app/template.yaml": FUNCTION,
    "platform/app/src/a.py": "def b(): ...\n",
}


def digest(estate, files):
    found = estate(files)
    assert found.findings == []
    return found.stacks["lab/eu-west-1/app"].digest


@pytest.mark.parametrize(
    "change",
    [
        {"platform/app/template.yaml": FUNCTION.replace("DelaySeconds: 1", "DelaySeconds: 2")},
        {"platform/app/stack.yaml": definition("{P: b}", tags="{T: a}")},
        {"platform/app/stack.yaml": definition("{P: a}", tags="{T: b}")},
        {"platform/app/stack.yaml": definition("{P: a}", tags="{T: a}", stack_name="other")},
        {"platform/app/src/a.py": "def b(): return 1\n"},
        {"platform/app/src/more.py": ""},
    ],
    ids=["template", "parameter", "tag", "name", "code", "file"],
)
def test_digest_changes_with_what_will_stand_in_the_account(estate, change):
    assert digest(estate, CODE) != digest(estate, {**CODE, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"platform/app/template.yaml": "# said otherwise\n" + FUNCTION.replace("\n    ", "\n").lstrip("\n")},
        {
            "platform/app/template.yaml": FUNCTION.replace(
                "{QueueName: !Ref P, DelaySeconds: 1}", "{DelaySeconds: 1, QueueName: {Ref: P}}"
            )
        },
        {"platform/app/stack.yaml": "# why\n" + definition("{P: a}", tags="{T: a}", description="said")},
        {"platform/app/template.yaml": FUNCTION.replace("QueueName: !Ref P", 'QueueName: !Sub "${P}"')},
    ],
    ids=["comment and indentation", "order", "description", "another way to say it"],
)
def test_digest_stays_when_the_same_will_stand_in_the_account(estate, change):
    assert digest(estate, CODE) == digest(estate, {**CODE, **change})


def test_what_a_stack_makes_is_known_by_its_type_in_every_stack_that_takes_it(estate):
    keys = """
        Resources:
          Key: {Type: AWS::KMS::Key}
          Queue: {Type: AWS::SQS::Queue}
        Outputs:
          Arn: {Value: !GetAtt Key.Arn, Export: {Name: key-arn}}
          Id: {Value: !Ref Key}
          Text: {Value: !Sub "key ${Key}"}
    """
    user = """
        Parameters: {Id: {Type: String}, Text: {Type: String}}
        Resources:
          R:
            Type: A::B::C
            Properties: {Id: !Ref Id, Text: !Ref Text, Arn: !ImportValue key-arn, Own: !GetAtt R.Arn}
    """
    parameters = '{Id: "${stacks.keys.outputs.Id}", Text: "${stacks.keys.outputs.Text}"}'
    found = estate(
        {
            "platform/keys/stack.yaml": "template: template.yaml\nenvironments: [lab]\n",
            "platform/keys/template.yaml": keys,
            "platform/user/stack.yaml": f"template: template.yaml\nenvironments: [lab]\nparameters: {parameters}\n",
            "platform/user/template.yaml": user,
        }
    )
    properties = found.stacks["lab/eu-west-1/user"].template.get("Resources", "R", "Properties").members
    assert {name: node.value.type for name, node in properties.items()} == {
        "Id": "AWS::KMS::Key",
        "Text": "",
        "Arn": "AWS::KMS::Key.Arn",
        "Own": "A::B::C.Arn",
    }
