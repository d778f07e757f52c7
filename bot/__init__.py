"""Lyceum: one engine for paid knowledge communities on Discord, Telegram and in the playground."""
