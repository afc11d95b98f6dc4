"""A model that follows a script: it edits one file, then another, and then says that it is done.

Speaks as much of four protocols as agents' programs need, on a free port of this machine, and writes down what each
program made of each edit. Usage: scripted_model.py LOG ROOT FILE...
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOG, ROOT, FILES = sys.argv[1], sys.argv[2], sys.argv[3:]


def note(kind, text):
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(json.dumps({"kind": kind, "text": text}) + "\n")


def flat(value):
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(flat(part) for part in value)
    if isinstance(value, dict):
        return " ".join(flat(part) for key, part in value.items() if key not in ("type", "id"))
    return ""


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, kind):
        data = body.encode()
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def events(self, events):
        self.answer("".join(f"event: {e.get('type', 'x')}\ndata: {json.dumps(e)}\n\n" for e in events), "text/event-stream")

    def do_GET(self):
        self.answer('{"data":[],"models":[]}', "application/json")

    def do_HEAD(self):
        self.answer("", "text/plain")

    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        try:
            asked = json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            asked = {}
        path = self.path.split("?")[0]
        if path.endswith("/v1/messages"):
            self.anthropic(asked)
        elif path.endswith("/responses"):
            self.openai(asked)
        elif path.endswith("/chat/completions"):
            self.chat(asked)
        elif "GenerateContent" in path or "generateContent" in path:
            self.gemini(asked, "stream" in path)
        else:
            self.answer("{}", "application/json")

    def next_file(self, results):
        for text in results[-1:]:
            note("result", text)
        return FILES[len(results)] if len(results) < len(FILES) else None

    def anthropic(self, asked):
        tools = [tool.get("name") for tool in asked.get("tools", [])]
        results = []
        for message in asked.get("messages", []):
            if isinstance(message.get("content"), list):
                results += [flat(p.get("content")) for p in message["content"] if p.get("type") == "tool_result"]
        if "Write" not in tools:
            name, block = None, {"type": "text", "text": "ok"}
        else:
            note("context", flat(asked.get("messages", []))[-200000:])
            name = self.next_file(results)
            block = {"type": "text", "text": ""}
        if name:
            block = {"type": "tool_use", "id": f"toolu_{len(results)}", "name": "Write", "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": json.dumps({"file_path": f"{ROOT}/{name}", "content": "x\n"})}]
        else:
            deltas = [{"type": "text_delta", "text": "Done."}]
        start = {"id": "msg", "type": "message", "role": "assistant", "model": asked.get("model", "m"), "content": []}
        start |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
        stop = "tool_use" if name else "end_turn"
        if not asked.get("stream"):
            whole = start | {"content": [{"type": "text", "text": "Done."}], "stop_reason": "end_turn"}
            return self.answer(json.dumps(whole), "application/json")
        self.events(
            [{"type": "message_start", "message": start}, {"type": "content_block_start", "index": 0, "content_block": block}]
            + [{"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas]
            + [
                {"type": "content_block_stop", "index": 0},
                {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": {"output_tokens": 1}},
                {"type": "message_stop"},
            ]
        )

    def openai(self, asked):
        items = asked.get("input", [])
        results = [flat(i.get("output")) for i in items if i.get("type") in ("function_call_output", "custom_tool_call_output")]
        note("context", flat(items)[-200000:])
        name = self.next_file(results)
        call = f"call_{len(results)}"
        if name:
            patch = f"*** Begin Patch\n*** Add File: {name}\n+x\n*** End Patch"
            custom = any(t.get("type") == "custom" and t.get("name") == "apply_patch" for t in asked.get("tools", []))
            if custom:
                item = {"type": "custom_tool_call", "id": "i", "call_id": call, "name": "apply_patch", "input": patch, "status": "completed"}
            else:
                script = f"apply_patch <<'E'\n{patch}\nE\n"
                item = {"type": "function_call", "id": "i", "call_id": call, "name": "exec_command", "arguments": json.dumps({"cmd": script})}
        else:
            item = {"type": "message", "id": "i", "role": "assistant", "content": [{"type": "output_text", "text": "Done."}]}
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        self.events(
            [
                {"type": "response.created", "response": {"id": "r"}},
                {"type": "response.output_item.done", "output_index": 0, "item": item},
                {"type": "response.completed", "response": {"id": "r", "usage": usage, "output": [item]}},
            ]
        )

    def chat(self, asked):
        messages = asked.get("messages", [])
        results = [flat(m.get("content")) for m in messages if m.get("role") == "tool"]
        tools = [t.get("function", {}).get("name") for t in asked.get("tools", [])]
        name = None
        if "write" in tools:
            note("context", flat(messages)[-200000:])
            name = self.next_file(results)
        if name:
            arguments = json.dumps({"filePath": f"{ROOT}/{name}", "content": "x\n"})
            call = {"index": 0, "id": f"call_{len(results)}", "type": "function", "function": {"name": "write", "arguments": arguments}}
            delta, stop = {"role": "assistant", "tool_calls": [call]}, "tool_calls"
        else:
            delta, stop = {"role": "assistant", "content": "Done."}, "stop"
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        parts = [
            chunk | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
            chunk | {"choices": [{"index": 0, "delta": {}, "finish_reason": stop}], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}},
        ]
        self.answer("".join(f"data: {json.dumps(p)}\n\n" for p in parts) + "data: [DONE]\n\n", "text/event-stream")


    def gemini(self, asked, is_stream):
        contents = asked.get("contents", [])
        parts = [part for content in contents for part in content.get("parts", [])]
        results = [flat(part["functionResponse"].get("response")) for part in parts if "functionResponse" in part]
        names = [f.get("name") for tool in asked.get("tools", []) for f in tool.get("functionDeclarations", [])]
        name = None
        if "write_file" in names:
            note("context", flat(contents)[-200000:])
            name = self.next_file(results)
        part = {"text": "Done."}
        if name:
            part = {"functionCall": {"name": "write_file", "args": {"file_path": f"{ROOT}/{name}", "content": "x\n"}}}
        said = {
            "candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
        }
        if is_stream:
            return self.answer(f"data: {json.dumps(said)}\n\n", "text/event-stream")
        return self.answer(json.dumps(said), "application/json")


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
print(server.server_port, flush=True)
server.serve_forever()
