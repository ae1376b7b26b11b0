from __future__ import annotations

import os
import sys
import textwrap
import time

import pytest

from skafu.adapters.confined import CHILDREN
from skafu.adapters.worker import Worker
from skafu.model.errors import JudgeError


@pytest.fixture
def child(tmp_path):
    """A function that starts a worker whose child runs this code."""
    workers = []

    def start(code, **more):
        script = tmp_path / "child.py"
        script.write_text(textwrap.dedent(code), encoding="utf-8")
        more.setdefault("env", {"PYTHONPATH": str(CHILDREN)})
        worker = Worker([sys.executable, str(script)], **more)
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.close()


ECHO = """
    from serve import serve
    serve({"name": "echo"}, lambda request: {"heard": request["text"]})
"""


def test_the_child_starts_at_the_first_question_and_says_hello(child, tmp_path):
    worker = child("open('started', 'w').close()" + textwrap.dedent(ECHO), cwd=tmp_path)
    assert not (tmp_path / "started").exists()
    assert worker.hello == {"name": "echo"}
    assert (tmp_path / "started").exists()


def test_questions_are_answered_one_after_the_other(child):
    worker = child(ECHO)
    assert [worker.ask({"text": text}, 10)["heard"] for text in ("a", "ü\n\u2028", "c")] == [
        "a",
        "ü\n\u2028",
        "c",
    ]


def test_an_answer_of_many_megabytes_arrives_whole(child):
    worker = child(ECHO)
    assert worker.ask({"text": "x" * 5_000_000}, 30)["heard"] == "x" * 5_000_000


def test_what_a_judge_prints_does_not_disturb_the_protocol(child):
    worker = child("""
        import subprocess, sys
        from serve import serve
        def answer(request):
            print("{" * 200_000)
            sys.stderr.write("noise\\n" * 200_000)
            subprocess.run([sys.executable, "-c", "print('from a grandchild')"], check=True)
            return {"heard": True}
        serve({}, answer)
    """)
    assert worker.ask({}, 20)["heard"] is True


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_what_a_judge_forked_does_not_speak_for_it(child):
    worker = child(
        """
        import os, time
        from serve import serve

        def answer(request):
            if os.fork():
                time.sleep(0.5)
                return {"by": "the judge"}
            return {"by": "its child"}

        serve({}, answer)
        """
    )
    assert [worker.ask({}, 10)["by"] for _ in range(2)] == ["the judge", "the judge"]


def test_an_exception_in_the_child_is_an_error_with_its_place_and_the_child_lives_on(child):
    worker = child("""
        from serve import serve
        serve({}, lambda request: {"quotient": 1 / request["by"]})
    """)
    with pytest.raises(JudgeError, match=r"child\.py failed: ZeroDivisionError: .* \(child\.py:3\)$"):
        worker.ask({"by": 0}, 10)
    assert worker.ask({"by": 2}, 10)["quotient"] == 0.5


def test_an_answer_that_is_not_json_is_the_answers_error(child):
    worker = child("from serve import serve\nserve({}, lambda request: {'set': {1}})")
    with pytest.raises(JudgeError, match="TypeError: Object of type set is not JSON serializable"):
        worker.ask({}, 10)


def test_a_dead_child_is_reported_with_its_exit_code_and_last_words_and_replaced(child):
    worker = child("""
        import os, sys
        from serve import serve
        def answer(request):
            if request["die"]:
                sys.stderr.write("first\\nlast words\\n"); sys.stderr.flush(); os._exit(7)
            return {"pid": os.getpid()}
        serve({}, answer)
    """)
    before = worker.ask({"die": False}, 10)["pid"]
    with pytest.raises(JudgeError, match=r"child\.py ended with exit code 7: first \| last words"):
        worker.ask({"die": True}, 10)
    assert worker.ask({"die": False}, 10)["pid"] != before


def test_a_child_ended_by_a_signal_is_reported_with_its_name(child):
    worker = child("""
        import os, signal
        from serve import serve
        serve({}, lambda request: os.kill(os.getpid(), signal.SIGKILL))
    """)
    with pytest.raises(JudgeError, match="was ended by SIGKILL and said nothing"):
        worker.ask({}, 10)


def test_a_child_that_takes_too_long_is_killed_with_what_it_started(child, tmp_path):
    worker = child(
        """
        import subprocess, sys, time
        from serve import serve
        def answer(request):
            if request["sleep"]:
                code = "import time; time.sleep(2); open('survived', 'w').close()"
                subprocess.Popen([sys.executable, "-c", code])
                time.sleep(60)
            return {"awake": True}
        serve({}, answer)
    """,
        cwd=tmp_path,
    )
    _ = worker.hello
    began = time.monotonic()
    with pytest.raises(JudgeError, match=r"did not answer within 0\.5 s and was killed"):
        worker.ask({"sleep": True}, 0.5)
    assert time.monotonic() - began < 10
    assert worker.ask({"sleep": False}, 10)["awake"] is True
    time.sleep(2.2)
    assert not (tmp_path / "survived").exists()


def test_a_child_that_does_not_read_is_killed_too(child):
    worker = child("import time; print('{}', flush=True); time.sleep(60)")
    with pytest.raises(JudgeError, match="did not answer within 1 s"):
        worker.ask({"text": "x" * 5_000_000}, 1)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("nonsense", "answered something unreadable: nonsense"),
        ("[1]", r"answered something unreadable: \[1\]"),
        ("", "answered something unreadable: an empty line"),
        ('{"id": 99}', "answered another question"),
        ("{}", "answered another question"),
        ("[" * 100_000, "answered something unreadable"),
    ],
)
def test_an_unreadable_answer_is_an_error(child, answer, reason):
    worker = child(f"print('{{}}', flush=True); input(); print({answer!r}, flush=True); input()")
    with pytest.raises(JudgeError, match=reason):
        worker.ask({}, 10)


def test_a_child_that_says_no_hello_is_an_error(child):
    with pytest.raises(
        JudgeError, match=r"ended with exit code 1: .*ModuleNotFoundError: No module named 'nowhere'"
    ):
        child("import nowhere").ask({}, 10)
    with pytest.raises(JudgeError, match=r"did not answer within 0\.5 s"):
        child("import time; time.sleep(60)", start_limit=0.5).ask({}, 10)


def test_a_program_that_does_not_exist_is_an_error():
    with pytest.raises(JudgeError, match="there-is-no-such cannot be started: No such file or directory"):
        Worker(["there-is-no-such"]).ask({}, 10)


def test_a_question_that_is_not_json_is_an_error(child):
    with pytest.raises(JudgeError, match="cannot be written as JSON: Object of type set"):
        child(ECHO).ask({"text": {1}}, 10)


def test_closing_ends_the_child_and_can_be_repeated(child):
    worker = child("import os\n" + textwrap.dedent(ECHO).replace('"echo"', "os.getpid()"))
    pid = worker.hello["name"]
    worker.close()
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
