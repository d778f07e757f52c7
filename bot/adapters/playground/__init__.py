"""The playground: a simulated platform that needs no token and no network.

It is the newcomer's first minute, the creator's rehearsal room and the platform of the end-to-end tests.
`place.py` is the platform itself, `port.py` joins it to the application, `cast.py` and `living.py` fill it with
people, `line.py` reads commands, `trace.py` keeps what just happened. To add people or messages, edit `cast.py` and
`lines.toml`; a new thing to do is a method of `Playground` that submits events.
"""

from bot.adapters.playground.clock import PlayClock
from bot.adapters.playground.port import NotAllowedError, Playground

__all__ = ["NotAllowedError", "PlayClock", "Playground"]
