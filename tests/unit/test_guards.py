"""The guards of tests/conftest.py: a test that leaves something behind fails, and none sleeps."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time

import pytest
import pyvisa


def test_what_is_given_back_is_not_complained_of(watched):
    with watched():
        thread = threading.Thread(target=lambda: None)
        thread.start()
        with socket.create_server(("127.0.0.1", 0)):
            pass
        subprocess.run([sys.executable, "-c", ""], check=True)


@pytest.mark.parametrize(("name", "daemon"), [("worker", False), ("memrig-overlay", True)])
def test_a_thread_that_lives_on_is_found(watched, monkeypatch, name, daemon):
    monkeypatch.setitem(watched.__wrapped__.__globals__, "END_S", 0.01)
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name=name, daemon=daemon)
    with pytest.raises(AssertionError, match=rf"left behind: thread {name}"), watched():
        thread.start()
    end.set()
    thread.join()


def test_a_socket_that_stays_open_is_found(watched):
    with pytest.raises(AssertionError, match=r"left behind: socket .*to nobody"), watched():
        kept = socket.create_server(("127.0.0.1", 0))
    kept.close()


def test_a_process_that_lives_on_is_found(watched):
    with pytest.raises(AssertionError, match="left behind: process"), watched():
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    child.communicate(b"\n")
    assert child.returncode == 0


def test_a_visa_session_that_stays_open_is_found(watched):
    manager = pyvisa.ResourceManager("twin@memrig")
    name = manager.list_resources()[0]
    with pytest.raises(AssertionError, match="left behind: VISA session"), watched():
        session = manager.open_resource(name)
    session.close()
    manager.close()


def test_sleeping_is_refused():
    with pytest.raises(pytest.fail.Exception, match=r"slept for 0\.5 s"):
        time.sleep(0.5)


def test_waiting_for_a_process_with_a_time_out_is_no_sleep():
    subprocess.run([sys.executable, "-c", "pass"], check=True, timeout=60)
