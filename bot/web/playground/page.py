"""The page itself."""

from fastapi import FastAPI
from nicegui import ui

from bot.adapters.playground import Playground


def mount(web: FastAPI, playground: Playground) -> None:
    """Serve the playground at `/`."""

    @ui.page("/")
    def page() -> None:
        ui.label(f"{len(playground.place.users)}")

    ui.run_with(web, title="Lyceum", tailwind=False, show_welcome_message=False)
