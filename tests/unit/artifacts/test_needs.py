"""Which artifacts a stack needs, how each is packed, and what its key is."""

from __future__ import annotations

import io
import zipfile

import pytest

from skafu.artifacts import ArtifactError

FUNCTION = "Type: AWS::Serverless::Function"
PYTHON = "Handler: a.b, Runtime: python3.12"


def test_code_without_a_manifest_is_packed_as_it_lies_there(repository, template):
    template(f"F: {{{FUNCTION}, Properties: {{CodeUri: src, {PYTHON}}}}}")
    repository.write("src/app.py", "print()")

    need = repository.need()
    assert (need.place, need.source, need.packing) == (
        "Resources.F.Properties.Code",
        "stacks/app/app/src",
        "zip",
    )
    assert (need.build, need.key) == (None, need.digest)


@pytest.mark.parametrize(
    ("runtime", "manifest", "more", "ending"),
    [
        ("python3.12", "requirements.txt", "", "-python3.12-x86_64"),
        ("python3.12", "requirements.txt", ", Architectures: [arm64]", "-python3.12-arm64"),
        ("nodejs22.x", "package.json", "", "-nodejs22.x-x86_64"),
        ("nodejs22.x", "requirements.txt", "", ""),
        ("python3.12", "package.json", "", ""),
    ],
)
def test_a_manifest_of_its_language_has_a_function_built_for_its_runtime_and_architecture(
    repository, template, runtime, manifest, more, ending
):
    template(f"F: {{{FUNCTION}, Properties: {{CodeUri: src, Handler: a.b, Runtime: {runtime}{more}}}}}")
    repository.write(f"src/{manifest}", "{}")
    need = repository.need()
    assert need.key == f"{need.digest}{ending}"


def test_the_same_folder_for_two_architectures_has_two_keys(repository, template):
    template(
        f"F: {{{FUNCTION}, Properties: {{CodeUri: src, {PYTHON}}}}}",
        f"G: {{{FUNCTION}, Properties: {{CodeUri: src, {PYTHON}, Architectures: [arm64]}}}}",
    )
    repository.write("src/requirements.txt")
    one, two = repository.needs()
    assert (one.digest, one.source) == (two.digest, two.source)
    assert one.key != two.key


def test_a_layer_is_built_only_if_it_says_so(repository, template):
    layer = "Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: src}"
    template(
        f"A: {{{layer}}}",
        f"B: {{{layer}, Metadata: {{BuildMethod: python3.12, BuildArchitecture: arm64}}}}",
        "C: {Type: AWS::Lambda::LayerVersion, Properties: {Content: src}, Metadata: {BuildMethod: nodejs22.x}}",
    )
    repository.write("src/requirements.txt")
    needs = {need.place.split(".")[1][0]: need for need in repository.needs()}
    digest = needs["A"].digest
    assert {name: (need.key, need.build and need.build.folder) for name, need in needs.items()} == {
        "A": (digest, None),
        "B": (f"{digest}-python3.12-arm64-layer", "python/"),
        "C": (f"{digest}-nodejs22.x-x86_64-layer", "nodejs/"),
    }


def test_skip_build_is_believed(repository, template):
    template(f"F: {{{FUNCTION}, Metadata: {{SkipBuild: true}}, Properties: {{CodeUri: src, {PYTHON}}}}}")
    repository.write("src/requirements.txt")
    assert repository.need().build is None


@pytest.mark.parametrize(
    ("file", "more", "properties", "said"),
    [
        ("go.mod", "", "Runtime: provided.al2023", "go.mod asks for a build that skafu does not do"),
        (
            "app.js",
            ", Metadata: {BuildMethod: esbuild}",
            "Runtime: nodejs22.x",
            "its BuildMethod is esbuild, which skafu does not do",
        ),
        (
            "app.js",
            ", Metadata: {BuildMethod: !Ref AWS::Region}",
            "Runtime: nodejs22.x",
            "its BuildMethod is known only once it is evaluated, which skafu does not do",
        ),
        (
            "requirements.txt",
            "",
            "Runtime: !GetAtt T.TopicName",
            "it has to be built for a runtime that is known only at deployment",
        ),
        (
            "requirements.txt",
            "",
            "Runtime: python2.7",
            "it has to be built for python2.7, which is no runtime that skafu builds for",
        ),
        (
            "requirements.txt",
            "",
            "Runtime: python3.12, Architectures: [!GetAtt T.TopicName]",
            "it has to be built for an architecture that is neither x86_64 nor arm64",
        ),
    ],
)
def test_what_cannot_be_built_is_an_error_at_its_line(repository, template, file, more, properties, said):
    template(
        "T: {Type: AWS::SNS::Topic}",
        f"F: {{Type: AWS::Lambda::Function{more}, Properties: {{Code: src, Role: r, Handler: a.b, {properties}}}}}",
        transform=False,
    )
    repository.write(f"src/{file}")
    with pytest.raises(ArtifactError) as refused:
        repository.needs()
    assert refused.value.message == said
    assert str(refused.value.at).startswith("stacks/app/app/template.yaml:3:")


def test_a_file_is_zipped_for_lambda_and_left_as_it_is_for_others(repository, template):
    template(
        "F: {Type: AWS::Lambda::Function, Properties: {Code: one.py, Role: r}}",
        "Z: {Type: AWS::Lambda::Function, Properties: {Code: made.zip, Role: r}}",
        "S: {Type: AWS::StepFunctions::StateMachine, Properties: {DefinitionS3Location: machine.json, RoleArn: r}}",
        "B: {Type: AWS::ElasticBeanstalk::ApplicationVersion, Properties: {SourceBundle: src, ApplicationName: n}}",
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("app.py", "")
    repository.write("one.py")
    repository.write("made.zip", made.getvalue())
    repository.write("machine.json", "{}")
    repository.write("src/app.war")

    needs = {need.place.split(".")[1]: need for need in repository.needs()}
    assert {name: need.key.removeprefix(need.digest) for name, need in needs.items()} == {
        "F": "",
        "Z": "/made.zip",
        "S": "/machine.json",
        "B": "",
    }


def test_an_image_that_would_have_to_be_built_is_refused_before_anything_is_done(repository, template):
    template(
        f"F: {{{FUNCTION}, Metadata: {{DockerContext: src, Dockerfile: Dockerfile}}, Properties: {{PackageType: Image}}}}"
    )
    repository.write("src/Dockerfile", "FROM scratch\n")
    with pytest.raises(ArtifactError, match="is an image that would have to be built, and skafu builds none"):
        repository.needs()


@pytest.mark.parametrize(
    "written",
    [
        "s3://skafu-artifacts/c0de",
        "s3://skafu-artifacts/unpackaged",
        "https://s3.amazonaws.com/skafu-artifacts/c0de",
    ],
)
def test_what_stands_for_an_artifact_and_nobody_has_looked_at_is_refused(repository, template, written):
    template(
        f'Q: {{Type: AWS::AppSync::GraphQLSchema, Properties: {{ApiId: a, DefinitionS3Location: "{written}"}}}}'
    )
    with pytest.raises(ArtifactError, match="names an artifact that nobody has looked at"):
        repository.needs()
