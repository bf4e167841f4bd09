"""Makes the bot's calls with Slack's own client and compares what goes over the wire.

The bot's calls come from the Rust test `every_call_is_made_once_for_slacks_own_client_to_be_held_against`. Here the same
arguments are written down once more by hand. Method, path, content type, token and body must be the same; of JSON and of
forms the order does not matter. A token in a body or an address is an error whoever sends it.
"""

import http.server
import json
import sys
import threading
from urllib.parse import parse_qsl

from slack_sdk import WebClient

TEXT = "*ONB-1* “é” <@U1> &amp; 100 % + 1"
BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": TEXT}}, {"type": "divider"}]
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Phone line"}, "blocks": BLOCKS}
HOME = {"type": "home", "blocks": BLOCKS}
THREAD, TS = "1700000000.000100", "1700000001.000200"


def official_calls(client):
    client.auth_test()
    client.apps_connections_open(app_token="xapp-1")
    client.chat_postMessage(
        channel="C1",
        text=TEXT,
        blocks=BLOCKS,
        thread_ts=THREAD,
        unfurl_links=False,
        unfurl_media=False,
        metadata={"event_type": "onboard_bot_post", "event_payload": {"post": "p-1"}},
    )
    client.chat_update(channel="C1", ts=TS, text=TEXT, blocks=BLOCKS)
    client.chat_postEphemeral(channel="C1", user="U1", text=TEXT, blocks=BLOCKS, thread_ts=THREAD)
    client.chat_delete(channel="C1", ts=TS)
    client.views_open(trigger_id="1337.42.x", view=MODAL)
    client.views_update(view_id="V1", view=MODAL)
    client.views_publish(user_id="U1", view=HOME)
    client.users_info(user="U1")
    client.users_lookupByEmail(email="ada+phone@contoso.com")
    client.conversations_open(users="U1")
    client.usergroups_users_list(usergroup="S1", team_id="T1")


class Recorder(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def record(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        self.server.calls.append(
            {
                "method": self.command,
                "path": self.path,
                "content_type": self.headers.get("content-type"),
                "authorization": self.headers.get("authorization"),
                "body": body,
            }
        )
        answer = b'{"ok":true}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = record

    def log_message(self, *_):
        pass


def comparable(call):
    kind = call["content_type"].replace(" ", "").lower()
    if not call["body"]:
        body = None
    elif kind.startswith("application/json"):
        body = json.loads(call["body"])
    else:
        body = sorted(parse_qsl(call["body"], keep_blank_values=True, strict_parsing=True))
    return {**call, "content_type": kind, "body": body}


def main(file):
    with open(file, encoding="utf-8") as stream:
        ours = json.load(stream)
    recorder = Recorder()
    official_calls(WebClient(token="xoxb-1", base_url=f"http://127.0.0.1:{recorder.server_port}/api/"))
    theirs = recorder.calls
    failed = 0
    if [call["path"] for call in ours] != [call["path"] for call in theirs]:
        failed += 1
        print("not the same calls:", [call["path"] for call in ours], [call["path"] for call in theirs])
    for our, their in zip(ours, theirs):
        same = comparable(our) == comparable(their)
        token = our["authorization"].removeprefix("Bearer ")
        hidden = token not in our["body"] and token not in our["path"]
        print("ok     " if same and hidden else "WRONG  ", our["path"])
        if not (same and hidden):
            failed += 1
            print("  ours:  ", json.dumps(comparable(our), ensure_ascii=False))
            print("  theirs:", json.dumps(comparable(their), ensure_ascii=False))
    print(f"{len(theirs)} calls compared, {failed} wrong")
    return 1 if failed or not theirs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
