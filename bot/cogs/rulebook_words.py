"""What the sections of the rules are about, in a line each."""

from bot.i18n import N_

SECTIONS: dict[str, str] = {
    "zone": N_("the clock of the community"),
    "earn": N_("what is worth how many points"),
    "multipliers": N_("channels and roles where points count more, less or nothing"),
    "guard": N_("what keeps points from being farmed"),
    "levels": N_("the curve of the levels, and how a new one is told"),
    "streaks": N_("missed days that do not end a streak"),
    "badges": N_("badges of your own"),
    "prestige": N_("beginning again at level 0, with a star"),
    "boards": N_("the winners of the week"),
    "shop": N_("coins that come with points"),
    "card": N_("how rank cards and boards look"),
    "gates": N_("what opens at which level"),
    "nudges": N_("when and how often I write to members of my own accord"),
    "asking": N_("who is asked what, and when nobody has answered"),
    "recommend": N_("how the library is recommended"),
}
