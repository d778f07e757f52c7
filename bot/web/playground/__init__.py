"""The playground's page: a chat client on the simulated platform of `bot/adapters/playground/`."""
