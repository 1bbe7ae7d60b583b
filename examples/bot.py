#!/usr/bin/env python3
"""A bot in ten lines: it joins a room and answers whoever says its name. Usage: bot.py HOST PORT ROOM"""
import json, socket, sys

chat = socket.create_connection((sys.argv[1], int(sys.argv[2])))
say = lambda **request: chat.sendall((json.dumps(request) + "\n").encode())
say(type="login", id=1, name="echo_bot")
say(type="join_room", id=2, room=sys.argv[3])
for line in chat.makefile(encoding="utf-8"):
    event = json.loads(line)
    if event["type"] == "message" and "room" in event and "echo_bot" in event["text"] and event["from"] != "echo_bot":
        say(type="send_room", room=event["room"], text=f"{event['from']} said: {event['text']}")
