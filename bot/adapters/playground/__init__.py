"""The playground: a simulated platform that needs no token and no network.

It is the newcomer's first minute, the creator's rehearsal room and the platform of the end-to-end tests.
`place.py` is the platform itself, `deeds.py` what its users do, `port.py` joins it to the application, `cast.py` and
`living.py` fill it with people, `line.py` reads commands, `leap.py` lets time pass, `keys.py` says what opens a
channel, `trace.py` keeps what just happened. To add people or messages, edit `cast.py` and `lines.toml`.
"""

from bot.adapters.playground.clock import PlayClock
from bot.adapters.playground.deeds import NotAllowedError
from bot.adapters.playground.port import Playground

__all__ = ["NotAllowedError", "PlayClock", "Playground"]
