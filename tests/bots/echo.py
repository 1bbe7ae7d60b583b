"""A bot as people write them: it repeats what it hears in #tea and in messages, until it is sent away."""

import sys

import irc.bot


class Echo(irc.bot.SingleServerIRCBot):
    def __init__(self, port):
        super().__init__([("127.0.0.1", port)], "echo-bot", "Echo Bot")

    def on_welcome(self, connection, _event):
        connection.join("#tea")

    def on_pubmsg(self, connection, event):
        text = event.arguments[0]
        if text == "go away":
            self.die("as you wish")
        elif event.source.nick == "tom":
            connection.privmsg(event.target, f"{event.source.nick} said {text}")

    def on_privmsg(self, connection, event):
        connection.privmsg(event.source.nick, f"{event.source.nick} whispered {event.arguments[0]}")


Echo(int(sys.argv[1])).start()
