# SPDX-License-Identifier: MIT
"""The page, asked over its sockets as browsers, strangers and worse would ask it."""
import collections
import contextlib
import html
import http.client
import itertools
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

RIG = os.environ["WEB_RIG"]
HOUR_MS = 3600000
NOW_MS = 1596592800000  # 2020-08-05 02:00 UTC, 09:00 in Hanoi
PIN = "271828"
HEADERS = ["Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
           "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Cache-Control"]
NOTE = {"installed": "before", "installed_seen": True, "told": False, "helped": False, "exempt": False, "declined": False}


class Rig:
    """The program, with orders on its standard input."""

    def __init__(self, *words):
        # Little is kept of what was freed, so that memory can be measured; and leaks are looked for without what threads
        # of libraries that were loaded late left behind, over which the search itself stumbles now and then.
        environment = {**os.environ, "LC_ALL": "C.UTF-8",
                       "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1:intercept_tls_get_addr=0"}
        self.process = subprocess.Popen([RIG, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment)
        self.acts = []
        self.uris = {}
        for _ in range(3):
            name, _, uri = self.process.stdout.readline().strip().partition(" ")
            self.uris[name] = uri
        self.address = {name: self.split(uri) for name, uri in self.uris.items() if uri.startswith("http")}

    @staticmethod
    def split(uri):
        host, port = re.fullmatch(r"https?://\[?([^\]]*?)\]?:(\d+)/", uri).groups()
        return host, int(port)

    def order(self, text):
        """Gives an order, and returns what follows "ok"; what was done at the door meanwhile is kept."""
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        while True:
            line = self.process.stdout.readline().strip()
            if line.startswith("act "):
                self.acts.append(line)
            elif line.startswith("ok"):
                return line[3:]
            else:
                raise AssertionError(f"{text}: {line}: {self.process.poll()}")

    def done(self):
        """What was done at the door since the last time."""
        self.order("acts")
        result, self.acts = self.acts, []
        return result

    def memory(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * resource.getpagesize()

    def sockets(self):
        return sum(1 for name in os.listdir(f"/proc/{self.process.pid}/fd")
                   if self.link(name).startswith("socket:"))

    def link(self, name):
        try:
            return os.readlink(f"/proc/{self.process.pid}/fd/{name}")
        except OSError:
            return ""

    def end(self):
        self.process.stdin.close()
        errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        code = self.process.wait(30)
        if code != 0 or errors:
            raise AssertionError(f"ended with {code}: {errors}")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


def ask(address, method="GET", path="/", body=None, headers=None, context=None, source="127.0.0.1"):
    """One request on a connection of its own, from an address of this machine."""
    more = {"timeout": 20, "source_address": (source, 0) if address[0] == "127.0.0.1" else None}
    connection = http.client.HTTPSConnection(*address, context=context, **more) if context else \
        http.client.HTTPConnection(*address, **more)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def raw(address, data, timeout=20, context=None):
    """Sends bytes, and returns what comes until the other side closes; b"" if that was at once."""
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(socket.create_connection(address, timeout=timeout))
        if context:
            sock = stack.enter_context(context.wrap_socket(sock, server_hostname=address[0]))
        result = b""
        try:
            sock.sendall(data)
            while part := sock.recv(65536):
                result += part
        except (ConnectionError, ssl.SSLError):
            pass
        return result


def until(condition, what, seconds=30):
    """Waits for something to become true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"never: {what}")
        time.sleep(0.02)


class WebTest(unittest.TestCase):
    words = ["--listen", "127.0.0.1:0"]

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="beacon-web-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.rig = Rig(*self.options())
        self.addCleanup(lambda: self.rig.end())
        self.local = self.rig.address.get("local")

    def options(self):
        return self.words

    def token(self, address=None, path="/", **more):
        page = ask(address or self.local, path=path, **more).text()
        return re.search('name="token" content="([0-9a-f]{32})"', page).group(1)

    def own(self, address=None, **changes):
        """The headers of an action from our own page; None leaves one out."""
        address = address or self.local
        headers = {"Content-Type": "application/json", "Origin": f"http://{address[0]}:{address[1]}",
                   "X-Token": self.token(), **changes}
        return {name: value for name, value in headers.items() if value is not None}

    def act(self, action, **changes):
        body = action if isinstance(action, (str, bytes)) else json.dumps(action)
        return ask(self.local, "POST", "/act", body, self.own(**changes))

    def stream(self, address=None, headers=None, context=None, buffer=None):
        """An event stream, as a file of lines; buffer: of what the kernel keeps for us."""
        address = address or self.local
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.settimeout(30)
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.connect(address)
        if context:
            sock = context.wrap_socket(sock, server_hostname=address[0])
            self.addCleanup(sock.close)
        lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        sock.sendall(f"GET /events HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n{lines}\r\n".encode())
        file = sock.makefile("rb")
        self.addCleanup(file.close)
        return file

    @staticmethod
    def next_view(file):
        while line := file.readline():
            if line.startswith(b"data: {"):
                return json.loads(line[6:])
        raise AssertionError("the stream ended")


class Pages(WebTest):
    def test_every_page_is_there_and_protected(self):
        for path in ["/", "/door", "/guard", "/report", "/poster", "/style.css", "/poster.css", "/app.js", "/report.js",
                     "/texts.js", "/login.js", "/icon.svg", "/report.json"]:
            answer = ask(self.local, path=path)
            self.assertEqual(answer.status, 200, path)
            for name in HEADERS:
                self.assertIn(name, answer.headers, path)
            policy = answer.headers["Content-Security-Policy"]
            self.assertTrue(policy.startswith("default-src 'none'"))
            self.assertNotIn("unsafe", policy)
            self.assertNotIn("Server", answer.headers)

    def test_pages_fetch_from_nowhere_else_and_have_no_inline_code(self):
        for path in ["/", "/report", "/poster"]:
            page = ask(self.local, path=path).text()
            self.assertNotIn("{{", page)
            for address in re.findall(r'(?:src|href)="([^"]*)"', page):
                self.assertTrue(address.startswith("/") and not address.startswith("//"), address)
            self.assertFalse(re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", page), path)

    def test_page_weight(self):
        for page in ["/", "/report"]:
            text = ask(self.local, path=page).text()
            parts = re.findall(r'(?:src|href)="(/[^"]*\.(?:js|css|svg))"', text)
            self.assertGreaterEqual(len(parts), 3)
            weight = len(text.encode()) + sum(len(ask(self.local, path=part).body) for part in parts)
            self.assertLessEqual(weight, 150_000, page)

    def test_paths_are_exact(self):
        for path in ["/nothing", "/door/", "//door", "/door?x=1", "/style.css?v=2", "/act", "/login", "/DOOR",
                     "/../nothing", "/%2e%2e/etc/passwd", "/door%00", "/report.json/", "/screen.html"]:
            self.assertIn(ask(self.local, path=path).status, [400, 404], path)

    def test_methods(self):
        for method in ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]:
            answer = ask(self.local, method, "/")
            self.assertEqual(answer.status, 405, method)
            self.assertIn("Content-Security-Policy", answer.headers)

    def test_a_range_is_not_served(self):
        answer = ask(self.local, headers={"Range": "bytes=0-1,5-6,9-10"})
        self.assertEqual(answer.status, 200)
        self.assertIn(b"</html>", answer.body)

    def test_a_body_where_none_belongs(self):
        self.assertEqual(ask(self.local, "GET", "/", body="x" * 10).status, 413)

    def test_report_of_today_and_of_days(self):
        self.rig.order(f"hour {NOW_MS} 7 2")
        today = ask(self.local, path="/report.json").json()
        self.assertEqual((today["today"], today["from"], today["to"]), ("2020-08-05",) * 3)
        row = dict(zip(today["columns"], today["hours"][0]))
        self.assertEqual((row["day"], row["hour"], row["visitors"], row["heard"], row["not_heard"], row["visits"]),
                         ("2020-08-05", 9, 9, 7, 2, 10))
        self.assertGreater(row["band"], 0)
        self.assertEqual(today["visitors"]["total"], 9)
        days = ask(self.local, path="/report.json?from=2020-08-01&to=2020-08-04").json()
        self.assertEqual(days["hours"], [])

    def test_the_official_report(self):
        self.rig.order(f"hour {NOW_MS} 7 2")
        days = "from=2020-08-01&to=2020-08-05&lang="
        letter = ask(self.local, path="/report.html?" + days + "vi")
        self.assertEqual(letter.status, 200)
        self.assertIn("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", letter.text().upper())
        self.assertIn("sandbox", letter.headers["Content-Security-Policy"])
        self.assertNotIn("script-src", letter.headers["Content-Security-Policy"])
        self.assertIn("attachment", letter.headers["Content-Disposition"])
        for path, separator in [("/report.csv", ","), ("/report-semicolon.csv", ";")]:
            table = ask(self.local, path=f"{path}?{days}en")
            self.assertEqual(table.body[:3], b"\xef\xbb\xbf", path)
            self.assertIn(separator, table.text())
            self.assertIn("attachment", table.headers["Content-Disposition"])
        for query in ["", days, days + "fr", days + "vi&x=1", "from=2020-08-05&to=2020-08-01&lang=vi"]:
            self.assertEqual(ask(self.local, path="/report.html?" + query).status, 400, query)

    def test_bad_periods(self):
        for query in ["from=2020-08-05", "to=2020-08-05", "from=2020-08-05&to=2020-08-04", "from=2020-02-30&to=2020-03-01",
                      "from=2020-01-01&to=2020-08-05", "from=2020-8-5&to=2020-08-05", "from=2020-08-05&to=2020-08-05&x=1",
                      "", "from=2020-08-05%00&to=2020-08-05", "from=0000-00-00&to=9999-99-99", "from=-020-08-05&to=2020-08-05"]:
            answer = ask(self.local, path="/report.json?" + query)
            self.assertEqual(answer.status, 400, query)
            self.assertIn("YYYY-MM-DD", answer.json()["error"])


class Access(WebTest):
    def status(self, **headers):
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        data = raw(self.local, f"GET /report.json HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
        return int(data.split()[1])

    def test_hosts(self):
        port = self.local[1]
        for host in [f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}"]:
            self.assertEqual(self.status(Host=host), 200, host)
        for host in ["127.0.0.1", "localhost", f"evil.example:{port}", f"127.0.0.1:{port + 1}", f"127.0.0.2:{port}",
                     f"127.0.0.1.evil.example:{port}", f"[::1]:{port}"]:
            self.assertEqual(self.status(Host=host), 403, host)
        two = raw(self.local, f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\n"
                              "Connection: close\r\n\r\n".encode())
        self.assertNotIn(b" 200 ", two.split(b"\r\n")[0])
        absolute = raw(self.local, f"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n"
                                   "Connection: close\r\n\r\n".encode())
        self.assertIn(b" 403 ", absolute.split(b"\r\n")[0])
        without = raw(self.local, b"GET / HTTP/1.0\r\n\r\n")
        self.assertNotIn(b" 200 ", without.split(b"\r\n")[0])

    def test_proxies_are_refused_where_no_pin_is_asked(self):
        host = "127.0.0.1:%d" % self.local[1]
        self.assertEqual(self.status(Host=host), 200)
        for name, value in [("Forwarded", "for=192.0.2.60"), ("X_Forwarded_For", "192.0.2.60"), ("X_Real_IP", "192.0.2.60"),
                            ("Via", "1.1 proxy"), ("x_forwarded_for", "127.0.0.1"), ("Via", "")]:
            self.assertEqual(self.status(Host=host, **{name: value}), 403, name)

    def test_origins(self):
        host = "127.0.0.1:%d" % self.local[1]
        self.assertEqual(self.status(Host=host, Origin=f"http://{host}"), 200)
        for origin in [f"https://{host}", "null", "http://evil.example", f"http://{host}.evil.example", f"http://{host}/"]:
            self.assertEqual(self.status(Host=host, Origin=origin), 403, origin)
        for site, status in [("same-origin", 200), ("none", 200), ("cross-site", 403), ("same-site", 403)]:
            self.assertEqual(self.status(Host=host, Sec_Fetch_Site=site), status, site)

    def test_an_action_needs_all_of_it(self):
        self.assertEqual(self.act({"act": "begin"}).status, 200)
        self.assertEqual(len(self.rig.done()), 1)
        token = self.token()
        wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
        for status, changes in [(403, {"Origin": None}), (403, {"Origin": "http://evil.example"}), (403, {"X-Token": None}),
                                (403, {"X-Token": wrong}), (403, {"X-Token": token + "0"}), (403, {"X-Token": ""}),
                                (415, {"Content-Type": "text/plain"}), (415, {"Content-Type": None}),
                                (403, {"Sec-Fetch-Site": "cross-site"}), (403, {"Host": "evil.example"})]:
            self.assertEqual(self.act({"act": "begin"}, **changes).status, status, changes)
        self.assertEqual(self.rig.done(), [])

    def test_the_token_is_another_one_each_time(self):
        other = Rig("--listen", "127.0.0.1:0")
        self.addCleanup(other.end)
        self.assertNotEqual(self.token(), self.token(other.address["local"]))


class Actions(WebTest):
    def test_each_action_arrives(self):
        expected = [({"act": "begin"}, "act 0"), ({"act": "opened"}, "act 1"), ({"act": "later"}, "act 2"),
                    ({"act": "person", "person": "staff"}, "act 6 person=0"),
                    ({"act": "person", "person": "visitor"}, "act 6 person=1"),
                    ({"act": "direction", "direction": "out"}, "act 7 person=0 direction=1"),
                    ({"act": "mode", "mode": "walk_through"}, "act 8 person=0 direction=0 mode=1"),
                    ({"act": "calibrate"}, "act 9"), ({"act": "next_step"}, "act 10"), ({"act": "skip_steps"}, "act 11"),
                    ({"act": "stop_calibrating"}, "act 12"),
                    ({"act": "by_hand", "count": 999, **NOTE},
                     "act 5 person=0 direction=0 mode=0 count=999 installed=1 seen=1 told=0 helped=0 exempt=0 declined=0")]
        for action, line in expected:
            self.assertEqual(self.act(action).status, 200, action)
            done = self.rig.done()
            self.assertEqual(len(done), 1)
            self.assertTrue(done[0].startswith(line), (done, line))

    def test_the_row_that_was_shown_arrives(self):
        self.rig.order("set row=7 can_undo=1")
        for action in [{"act": "undo", "row": 6}, {"act": "amend", "row": 8, **NOTE}, {"act": "amend", "row": 0, **NOTE}]:
            self.assertEqual(self.act(action).status, 200)
        self.assertEqual([(line.split()[1], line.split()[-1]) for line in self.rig.done()],
                         [("3", "row=6"), ("4", "row=8"), ("4", "row=0")])

    def test_a_refusal_is_told(self):
        self.rig.order("refuse not-now")
        answer = self.act({"act": "opened"})
        self.assertEqual((answer.status, answer.json()["error"]), (409, "not-now"))

    def test_bodies_that_are_refused(self):
        bodies = ["", "{", "[]", "1", "null", '"begin"', "{}", '{"act":1}', '{"act":"begin","act":"begin"}', '{"act":"begin"}{}',
                  '{"act":"begin"} x', '{"act":"begin","x":1}', '{"act":"dance"}', '{"act":"begin\\u0000"}', '{"act":null}',
                  '{"act":["begin"]}', '{"act":{"act":"begin"}}', '{"act":"undo"}', '{"act":"undo","row":0}',
                  '{"act":"undo","row":1.0}', '{"act":"undo","row":"1"}', '{"act":"undo","row":99999999999999999999}',
                  '{"act":"person"}', '{"act":"person","person":"x"}', '{"act":"mode","mode":"attended","person":"staff"}',
                  '{"act":"by_hand","count":0,"installed":"no"}', '{"act":"by_hand","count":1000,"installed":"no"}',
                  '{"act":"by_hand","count":1}', '{"act":"by_hand","count":1,"installed":"no","told":1}',
                  '{"act":"\xff"}'.encode("latin1"), b"\xef\xbb\xbf{}", '{"act":"' + "b" * 100 + '"}', "[" * 1000]
        for body in bodies:
            answer = self.act(body)
            self.assertEqual(answer.status, 400, body)
            self.assertTrue(answer.json()["error"], body)
        self.assertEqual(self.rig.done(), [])

    def test_length(self):
        padded = '{"act":"begin"' + " " * (1024 - 15) + "}"
        self.assertEqual(len(padded), 1024)
        self.assertEqual(self.act(padded).status, 200)
        self.assertEqual(self.act(padded + " ").status, 413)
        self.assertEqual(len(self.rig.done()), 1)
        chunked = ask(self.local, "POST", "/act", iter([b'{"act":"begin"}']), self.own())
        self.assertEqual(chunked.status, 411)
        self.assertEqual(self.rig.done(), [])

    def test_what_follows_a_refused_body_is_not_read_for_ever(self):
        head = f"POST /act HTTP/1.1\r\nHost: 127.0.0.1:{self.local[1]}\r\nContent-Length: 100000000\r\n\r\n".encode()
        before = self.rig.memory()
        with socket.create_connection(self.local, timeout=60) as sock:  # one whose window is shut asks now and then
            sent = 0
            with self.assertRaises(ConnectionError):
                sock.sendall(head)
                while sent < 100_000_000:
                    sent += sock.send(b"x" * 65536)
        self.assertLess(self.rig.memory() - before, 20 << 20)
        self.assertEqual(self.rig.done(), [])


class Events(WebTest):
    def test_the_view_comes_at_once_and_with_each_change(self):
        file = self.stream(headers={"Last-Event-ID": "7"})
        self.assertIn(b" 200 ", file.readline())
        first = self.next_view(file)
        self.assertEqual((first["phase"], first["time"]), ("idle", "09:00"))
        self.rig.order("set phase=4 verdict=1")
        second = self.next_view(file)
        self.assertEqual((second["phase"], second["verdict"], second["icon"]), ("showing", "heard", "✓"))
        self.assertEqual(second["title"]["vi"], "ĐÃ NGHE THẤY BLUEZONE")
        self.assertEqual(second["start"], first["start"])

    def test_no_more_than_ten_a_second_and_the_last_is_right(self):
        file = self.stream()
        self.next_view(file)
        begin = time.monotonic()
        for i in range(300):
            self.rig.order(f"set phase=1 progress={i / 300}")
        self.rig.order("set progress=1")
        count = 1
        while self.next_view(file)["progress"] != 1:
            count += 1
        self.assertLessEqual(count, (time.monotonic() - begin) * 10 + 2)

    def test_there_is_a_sign_of_life_and_a_word_on_coming_back(self):
        text = self.stream().read(1500)
        file = self.stream()
        seen = b""
        while b"event: beat" not in seen:
            seen += file.readline()
        self.assertIn(b"retry: 1000", text)

    def test_nothing_in_it_names_anybody(self):
        view = self.next_view(self.stream())
        self.assertFalse({"identifier", "address", "rssi", "rssi_dbm", "name"} & set(view))

    def test_it_ends_with_the_program(self):
        rig = Rig("--listen", "127.0.0.1:0")
        file = self.stream(rig.address["local"])
        self.next_view(file)
        rig.end()
        with contextlib.suppress(ConnectionError):
            file.read()


class Crowds(WebTest):
    words = ["--listen", "127.0.0.1:0", "--totals", "127.0.0.1:0", "--idle", "2"]

    def slow(self, address, count, first):
        """Connections that say a little, and go on saying nothing."""
        sockets = []
        for _ in range(count):
            sock = socket.create_connection(address, timeout=20)
            self.addCleanup(sock.close)
            with contextlib.suppress(ConnectionError):
                sock.sendall(first)
            sockets.append(sock)
        return sockets

    def test_two_hundred_slow_ones_do_not_stop_the_local_screen(self):
        file = self.stream()
        self.next_view(file)
        self.slow(self.rig.address["totals"], 200, b"GET / HTTP/1.1\r\nHo")
        self.assertEqual(ask(self.local).status, 200)
        self.slow(self.local, 200, b"GET / HTTP/1.1\r\nHo")
        self.assertEqual(ask(self.local).status, 200)
        self.assertEqual(self.act({"act": "begin"}).status, 200)
        self.rig.order("set phase=1 progress=0.5")
        while self.next_view(file)["progress"] != 0.5:
            pass
        self.assertLess(self.rig.sockets(), 128)

    def test_slow_ones_are_cut(self):
        for first in [b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "]:
            self.assertEqual(raw(self.local, first), b"", first)
        body = f"POST /act HTTP/1.1\r\nHost: 127.0.0.1:{self.local[1]}\r\nOrigin: http://127.0.0.1:{self.local[1]}\r\n" \
               f"X-Token: {self.token()}\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + '{"act":'
        self.assertEqual(raw(self.local, body.encode()), b"")
        self.assertEqual(self.rig.done(), [])

    def test_a_byte_now_and_then_is_slow_too(self):
        sock = socket.create_connection(self.local, timeout=20)
        self.addCleanup(sock.close)
        sent = 0
        with self.assertRaises(ConnectionError):
            for byte in itertools.cycle(b"GET / HTTP/1.1\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"):
                sock.sendall(bytes([byte]))
                sent += 1
                self.assertLess(sent, 1000)
                time.sleep(0.1)

    def test_headers_without_end(self):
        before = self.rig.memory()
        with socket.create_connection(self.local, timeout=20) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n")
            with self.assertRaises(ConnectionError):
                for _ in range(100_000):
                    sock.sendall(b"X: " + b"a" * 1000 + b"\r\n")
        self.assertLess(self.rig.memory() - before, 20 << 20)

    def test_who_does_not_read_is_dropped_and_costs_no_memory(self):
        streams = [self.stream(buffer=4096) for _ in range(20)]  # none of them is read
        self.rig.order("set phase=1 progress=0")
        until(lambda: self.rig.sockets() >= 20, "twenty streams")
        before = self.rig.memory()
        open_sockets = self.rig.sockets()
        end = time.monotonic() + 60
        step = 0
        while self.rig.sockets() > open_sockets - 20 and time.monotonic() < end:
            step += 1
            time.sleep(0.02)
            self.rig.order(f"set progress={step % 100 / 100}")
        self.assertLessEqual(self.rig.sockets(), open_sockets - 20)
        self.assertLess(self.rig.memory() - before, 8 << 20)
        self.assertEqual(ask(self.local).status, 200)
        del streams

    def test_one_peer_does_not_take_all_places_of_the_network(self):
        rig = Rig("--listen", "127.0.0.1:0", "--totals", "127.0.0.1:0", "--idle", "120")
        self.addCleanup(rig.end)
        totals = rig.address["totals"]
        sockets = self.slow(totals, 30, b"GET / HTTP/1.1\r\nHo")
        self.assertEqual(ask(totals, source="127.0.0.2").status, 200)
        until(lambda: self.try_asking(totals), "a page for who asks from the same address")
        open_ones = 0
        for sock in sockets:
            sock.settimeout(0.2)
            try:
                open_ones += sock.recv(1) != b""
            except TimeoutError:
                open_ones += 1
            except ConnectionError:
                pass
        self.assertLessEqual(open_ones, 8)

    @staticmethod
    def try_asking(address):
        try:
            return ask(address).status == 200
        except (ConnectionError, http.client.HTTPException):
            return False

    def test_who_comes_is_let_in_though_others_keep_coming(self):
        """Forty a second are let in, and one address has no more than half of them."""
        totals = self.rig.address["totals"]
        ends = threading.Event()

        def keep_coming():
            sockets = collections.deque(maxlen=100)
            while not ends.is_set():
                with contextlib.suppress(OSError):
                    sockets.append(socket.create_connection(totals, timeout=20))
                if len(sockets) == sockets.maxlen:
                    sockets.popleft().close()
            for sock in sockets:
                sock.close()

        threads = [threading.Thread(target=keep_coming) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            time.sleep(1.1)  # into another second, of which they have their share at once
            for _ in range(5):
                self.assertEqual(ask(totals, source="127.0.0.2").status, 200)
        finally:
            ends.set()
            for thread in threads:
                thread.join()

    def test_nonsense(self):
        for data in [b"\x00" * 100, b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
                     b"CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example:80\r\n\r\n",
                     b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                     b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % self.local[1],
                     b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", b"GET \xc3\x28 HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"POST /act HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                     b"POST /act HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                     b"POST /act HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"POST /act HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
                     b"GET /events HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"]:
            answer = raw(self.local, data)
            self.assertNotIn(b" 200 ", answer.split(b"\r\n")[0], data)
        self.assertEqual(self.rig.done(), [])
        self.assertEqual(ask(self.local).status, 200)


class Totals(WebTest):
    words = ["--listen", "", "--totals", "127.0.0.1:0", "--hosts", "cua.local"]

    def setUp(self):
        super().setUp()
        self.totals = self.rig.address["totals"]

    @staticmethod
    def rows(page):
        return [re.findall("<t[dh][^>]*>(.*?)</t[dh]>", row) for row in re.findall("<tr>(.*?)</tr>", page)]

    def test_nothing_but_totals(self):
        self.assertEqual(self.rig.uris["local"], "(null)")
        self.assertEqual(ask(self.totals).status, 200)
        for path in ["/events", "/door", "/guard", "/report", "/report.json", "/poster", "/app.js", "/login", "/texts.js"]:
            self.assertEqual(ask(self.totals, path=path).status, 404, path)
        for path in ["/act", "/login", "/logout", "/"]:
            self.assertEqual(ask(self.totals, "POST", path, "{}", {"Content-Type": "application/json"}).status, 404, path)
        self.assertNotIn("token", ask(self.totals).text())

    def test_a_name_in_the_settings(self):
        port = self.totals[1]
        self.assertEqual(ask(self.totals, headers={"Host": f"cua.local:{port}"}).status, 200)
        self.assertEqual(ask(self.totals, headers={"Host": f"localhost:{port}"}).status, 403)

    def test_small_numbers_and_what_would_tell_them_are_hidden(self):
        for back, heard, other in [(5, 20, 10), (4, 20, 4), (3, 3, 9), (2, 2, 2), (1, 0, 0)]:
            self.rig.order(f"hour {NOW_MS - back * HOUR_MS} {heard} {other}")
        self.rig.order(f"hour {NOW_MS} 50 50")  # not over yet
        self.rig.order("advance 600")
        page = html.unescape(ask(self.totals).text())
        rows = self.rows(page)
        hidden, part = "<\xa05", "–"
        self.assertEqual([row[1:] for row in rows[-6:-1]],
                         [["30", "20", "10"], ["24", part, part], ["12", part, part], [hidden, part, part],
                          [hidden, part, part]])
        self.assertEqual(rows[-1][1:], ["66", "20", "10"])

    def test_no_hidden_number_can_be_computed(self):
        """For every hour, whatever is hidden could be another number too."""
        shown = {}
        for heard, other in itertools.product(range(13), repeat=2):
            rig_rows = self.published(heard, other)
            shown.setdefault(rig_rows, set()).add((heard, other))
        for cells, numbers in shown.items():
            if "–" in cells:
                self.assertGreater(len({heard for heard, _ in numbers}), 1, cells)
                self.assertGreater(len({other for _, other in numbers}), 1, cells)
            if cells[0].startswith("<"):
                self.assertGreater(len({sum(pair) for pair in numbers}), 1, cells)
            else:
                self.assertEqual(len({sum(pair) for pair in numbers}), 1, cells)

    def published(self, heard, other):
        if not hasattr(self, "cells"):
            self.cells = {}
            pairs = list(itertools.product(range(13), repeat=2))
            for start in range(0, len(pairs), 20):
                rig = Rig("--listen", "", "--totals", "127.0.0.1:0")
                batch = pairs[start:start + 20]
                for i, pair in enumerate(batch):
                    rig.order(f"hour {NOW_MS - (i + 2) * HOUR_MS} {pair[0]} {pair[1]}")
                rows = self.rows(html.unescape(ask(rig.address["totals"]).text()))[:-1]
                rig.end()
                for pair, row in zip(batch, reversed(rows)):
                    self.cells[pair] = tuple(row[1:])
        return self.cells[heard, other]


class Tls(WebTest):
    def options(self):
        self.certificate, self.key, self.pin_file = (self.folder / name for name in ["cert.pem", "key.pem", "pin"])
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:cua.local",
                        "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)
        subprocess.run([RIG, "pin", self.pin_file, PIN], check=True)
        self.context = ssl.create_default_context(cafile=self.certificate)
        self.restarted = ["--listen", "127.0.0.1:0", "--tls", "127.0.0.1:0", "--certificate", str(self.certificate),
                          "--key", str(self.key), "--pin-file", str(self.pin_file), "--hosts", "cua.local"]
        return self.restarted

    def setUp(self):
        super().setUp()
        self.tls = self.rig.address["tls"]

    def get(self, path, **headers):
        return ask(self.tls, path=path, headers=headers, context=self.context)

    def post(self, path, body, source="127.0.0.1", **changes):
        if not hasattr(self, "tls_token"):
            self.tls_token = self.token(self.tls, "/login", context=self.context)
        headers = {"Content-Type": "application/json", "Origin": "https://%s:%d" % self.tls, "X-Token": self.tls_token, **changes}
        return ask(self.tls, "POST", path, json.dumps(body), headers, self.context, source)

    def login(self, pin=PIN, **more):
        return self.post("/login", {"pin": pin}, **more)

    def cookie(self, name="session"):
        answer = self.login()
        self.assertEqual(answer.status, 200, answer.body)
        return next(value.split(";")[0] for value in answer.headers.get_all("Set-Cookie") if value.startswith(f"__Host-{name}="))

    def test_nothing_without_the_pin(self):
        for path in ["/", "/door", "/guard", "/report", "/poster", "/app.js"]:
            answer = self.get(path)
            self.assertEqual((answer.status, answer.headers["Location"]), (303, "/login"), path)
        for path in ["/events", "/report.json", "/report.json?from=2020-08-05&to=2020-08-05"]:
            self.assertEqual(self.get(path).status, 401, path)
        self.assertEqual(self.post("/act", {"act": "begin"}).status, 401)
        self.assertEqual(self.post("/act", {"act": "begin"}, Cookie="__Host-session=" + "0" * 32).status, 401)
        self.assertEqual(self.rig.done(), [])
        for path in ["/login", "/login.js", "/texts.js", "/style.css", "/icon.svg"]:
            self.assertEqual(self.get(path).status, 200, path)
        self.assertIn("Strict-Transport-Security", self.get("/login").headers)

    def test_all_with_it(self):
        answer = self.login()
        self.assertEqual(answer.status, 200)
        cookies = answer.headers.get_all("Set-Cookie")
        self.assertEqual(len(cookies), 2)
        for name, value in zip(["__Host-session=", "__Host-device="], cookies):
            for word in [name, "Secure", "HttpOnly", "SameSite=Strict", "Path=/"]:
                self.assertIn(word, value)
        self.assertNotIn("Max-Age", cookies[0])
        cookie, device = (value.split(";")[0] for value in cookies)
        self.assertEqual(self.get("/report.json", Cookie=device).status, 401)
        self.assertEqual(self.get("/guard", Cookie=cookie).status, 200)
        self.assertEqual(self.get("/report.json", Cookie=cookie).status, 200)
        self.assertEqual(self.next_view(self.stream(self.tls, {"Cookie": cookie}, self.context))["phase"], "idle")
        self.assertEqual(self.post("/act", {"act": "begin"}, Cookie=cookie).status, 200)
        self.assertEqual(self.post("/act", {"act": "begin"}, Cookie=cookie, **{"X-Token": self.token()}).status, 403)
        self.assertEqual(len(self.rig.done()), 1)

    def test_a_session_ends(self):
        cookie = self.cookie()
        file = self.stream(self.tls, {"Cookie": cookie}, self.context)
        self.next_view(file)
        self.assertEqual(self.post("/logout", {}, Cookie=cookie).status, 200)
        self.assertEqual(self.get("/report.json", Cookie=cookie).status, 401)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            file.read()  # until it is cut
        second = self.cookie()
        self.assertNotEqual(second, cookie)
        self.rig.order(f"advance {12 * 3600 - 1}")
        self.assertEqual(self.get("/report.json", Cookie=second).status, 200)
        self.rig.order("advance 1")
        self.assertEqual(self.get("/report.json", Cookie=second).status, 401)

    def test_guesses_are_few_and_the_local_screen_is_never_locked(self):
        for _ in range(5):
            self.assertEqual(self.login("314159").status, 403)
        self.assertEqual(self.login().status, 429)
        self.assertEqual(self.act({"act": "begin"}).status, 200)
        self.assertEqual(self.login(source="127.0.0.2").status, 200)  # which is another stranger's
        self.rig.order("advance 179")
        self.assertEqual(self.login().status, 429)
        self.rig.order("advance 1")
        self.assertEqual(self.login("31415").status, 403)
        self.assertEqual(self.login().status, 429)
        self.rig.order("advance 180")
        self.assertEqual(self.login().status, 200)
        self.assertEqual(self.login("31415").status, 403)

    def strangers(self, pin="000000"):
        """Each guess from an address that was not seen before."""
        self.addresses = getattr(self, "addresses", itertools.count(256))
        number = next(self.addresses)
        return self.login(pin, source=f"127.0.{number // 256}.{number % 256}").status

    def test_strangers_are_slowed_down_together_and_shut_nobody_out(self):
        looked_at = [self.strangers() for _ in range(14)].count(403)
        self.assertEqual(looked_at, 10)
        self.assertEqual(self.strangers(PIN), 429)
        for _ in range(60):
            self.rig.order("advance 60")
            looked_at += [self.strangers() for _ in range(2)].count(403)
        self.assertEqual(looked_at, 10 + 30)
        self.rig.order("advance 120")
        self.assertEqual(self.strangers(PIN), 200)  # whoever waits is heard
        self.assertEqual(self.act({"act": "begin"}).status, 200)

    def test_a_device_that_gave_the_pin_once_is_kept_out_by_no_stranger(self):
        device = self.cookie("device")
        while self.strangers() == 403:
            pass
        self.assertEqual(self.strangers(PIN), 429)
        again = self.login(Cookie=device)
        self.assertEqual(again.status, 200)
        self.assertIn(device, again.headers.get_all("Set-Cookie")[1])
        forged = device[:-1] + ("0" if device[-1] != "0" else "1")
        for cookie in [forged, device[:-1], device + "0", "__Host-device=" + "0" * 64, device.replace("device", "session")]:
            self.assertEqual(self.login(Cookie=cookie).status, 429, cookie)
        for _ in range(5):
            self.assertEqual(self.login("000000", Cookie=device).status, 403)
        self.assertEqual(self.login(Cookie=device).status, 429)
        self.rig.order("advance 180")
        self.assertEqual(self.login(Cookie=device).status, 200)

    def test_a_device_is_known_until_the_pin_is_another(self):
        device = self.cookie("device")
        for pin, status in [(PIN, 200), ("161803", 429)]:
            if pin != PIN:
                subprocess.run([RIG, "pin", self.pin_file, pin], check=True)
            self.rig.end()
            self.rig = Rig(*self.restarted)
            self.tls = self.rig.address["tls"]
            del self.tls_token
            while self.strangers() == 403:
                pass
            self.assertEqual(self.login(pin, Cookie=device).status, status)

    def test_the_loop_goes_on_while_one_attempt_is_looked_at(self):
        """Who asks meanwhile is told at once to wait: nothing stands still for the hash."""
        headers = {"Content-Type": "application/json", "Origin": "https://%s:%d" % self.tls,
                   "X-Token": self.token(self.tls, "/login", context=self.context)}
        answers = []

        def guess():
            answers.append(ask(self.tls, "POST", "/login", json.dumps({"pin": "161803"}), headers, self.context).status)

        for _ in range(5):
            threads = [threading.Thread(target=guess) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if answers.count(429) > 0:
                break
            self.rig.order("advance 900")
        self.assertEqual(set(answers), {403, 429})
        self.assertLess(answers.count(403), 5)

    def test_bad_pins(self):
        for body in [{}, {"pin": 1}, {"pin": "1" * 41}, {"pin": "1", "x": "y"}, ["pin"], {"pin": None}]:
            self.assertEqual(self.post("/login", body).status, 400, body)
        self.assertEqual(self.login("").status, 403)

    def test_plain_text_on_the_tls_port(self):
        self.assertNotIn(b" 200 ", raw(self.tls, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        self.assertEqual(self.get("/login").status, 200)

    def test_handshakes_that_stop(self):
        sockets = [socket.create_connection(self.tls, timeout=20) for _ in range(30)]
        for sock in sockets:
            self.addCleanup(sock.close)
            with contextlib.suppress(ConnectionError):
                sock.sendall(b"\x16\x03\x01")
        self.assertEqual(ask(self.local).status, 200)
        for sock in sockets:
            sock.close()
        until(lambda: self.try_login_page(), "a page over TLS")

    def try_login_page(self):
        try:
            return self.get("/login").status == 200
        except (ConnectionError, ssl.SSLError, http.client.HTTPException):
            return False

    def test_names(self):
        port = self.tls[1]
        self.assertEqual(self.get("/login", Host=f"cua.local:{port}").status, 200)
        self.assertEqual(self.get("/login", Host=f"evil.example:{port}").status, 403)


class Starting(unittest.TestCase):
    """What it will not start with, and what it says."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="beacon-web-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def refused(self, *words):
        result = subprocess.run([RIG, *words], input="", capture_output=True, text=True, timeout=60,
                                env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.assertEqual(result.returncode, 1, (words, result.stderr))
        self.assertEqual(result.stdout, "")
        self.assertNotIn("Sanitizer", result.stderr)
        return result.stderr

    def test_addresses(self):
        for address in ["8740", "localhost:8740", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:x", "::1:80", "[127.0.0.1]:80", "[::1]"]:
            self.assertIn("127.0.0.1:8740", self.refused("--listen", address), address)
        self.assertIn("of this machine alone", self.refused("--listen", "0.0.0.0:0"))
        self.assertIn("of this machine alone", self.refused("--listen", "192.0.2.1:0"))
        self.assertIn("cannot listen on 192.0.2.1:0", self.refused("--listen", "", "--totals", "192.0.2.1:0"))

    def test_a_port_that_is_taken(self):
        rig = Rig("--listen", "127.0.0.1:0")
        self.addCleanup(rig.end)
        self.assertIn("cannot listen", self.refused("--listen", "127.0.0.1:%d" % rig.address["local"][1]))

    def test_ipv6(self):
        try:
            rig = Rig("--listen", "[::1]:0")
        except AssertionError:
            self.skipTest("no IPv6 here")
        self.addCleanup(rig.end)
        address = rig.address["local"]
        self.assertEqual(ask(address, headers={"Host": "[::1]:%d" % address[1]}).status, 200)

    def test_codes_and_hosts(self):
        for code in ["bluezone.gov.vn", "ftp://x/", "https://", "https://x/" + "a" * 200, "https://x/<b>", "https://x/ y", "javascript:1"]:
            self.assertIn("web address", self.refused("--listen", "127.0.0.1:0", "--code", code), code)
        self.assertIn("name of a host", self.refused("--listen", "127.0.0.1:0", "--hosts", "a b"))

    def test_tls(self):
        key, other = self.folder / "key", self.folder / "other"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key], check=True,
                       capture_output=True)
        other.write_text("nonsense")
        pin = self.folder / "pin"
        subprocess.run([RIG, "pin", pin, PIN], check=True)
        self.assertEqual(pin.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(PIN, pin.read_text())
        words = ["--listen", "127.0.0.1:0", "--tls", "127.0.0.1:0"]
        self.assertIn("certificate, its key, and a PIN", self.refused(*words))
        words += ["--certificate", str(other), "--key", str(key)]
        self.assertIn("certificate", self.refused(*words, "--pin-file", str(pin)))
        key.chmod(0o644)
        self.assertIn("others may read", self.refused(*words, "--pin-file", str(pin)))

    def test_pins(self):
        for pin in ["", "12345", "12345a", "1" * 33, "١٢٣٤٥٦"]:
            self.assertIn("digits", self.refused("pin", str(self.folder / "pin"), pin), pin)
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertIn("cannot write", self.refused("pin", str(self.folder / "no" / "pin"), PIN))

    def test_the_poster(self):
        words = ["--code", "https://example.vn/a-b", "--unit", "Sở <Y tế>", "poster"]
        page = subprocess.run([RIG, *words], check=True, capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout
        self.assertNotIn("{{", page)
        self.assertNotRegex(page, r'(src|href)="')
        self.assertIn("Sở &lt;Y tế&gt;", page)
        self.assertIn("example.vn/a-b", page)
        self.assertIn("example chấm vn gạch chéo a gạch nối b", page)
        self.assertIn("170mm", page)
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([RIG, "poster"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot write the poster", result.stderr)


if __name__ == "__main__":
    unittest.main()
