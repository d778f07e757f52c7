"""Pictures that commands answer with: rank cards, boards and charts, drawn by Pillow and matplotlib.

| module | what it is for |
|---|---|
| `card`, `board`, `charts` | pure functions of plain, translated values: what a picture shows |
| `canvas`, `writing`, `avatar`, `themes`, `fonts` | what they are drawn with |
| `studio`, `worker` | where they are drawn, off the event loop, and kept |

To add a picture, write a function that takes plain values and returns PNG bytes, and `await studio.draw(it, …)`.
"""
