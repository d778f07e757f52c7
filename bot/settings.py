"""Secrets and switches, from the environment (`LYCEUM_…`) and `.env`. Secrets are `SecretStr`: they never print."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_RULES = Path("config/rules.toml")


class Settings(BaseSettings):
    """Everything an operator sets; see `.env.example` for what each is for."""

    model_config = SettingsConfigDict(env_prefix="LYCEUM_", env_file=".env", env_ignore_empty=True, extra="ignore")

    database_url: str = "sqlite:///data/lyceum.db"
    rules: Path = DEFAULT_RULES
    discord_token: SecretStr | None = None
    discord_shards: int | None = Field(default=None, ge=1)
    telegram_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    telegram_webhook_url: str | None = None
    telegram_webhook_secret: SecretStr | None = None
    stripe_secret_key: SecretStr | None = None
    stripe_webhook_secret: SecretStr | None = None
    stripe_account: str = ""
    stripe_tax: bool = False
    stripe_adaptive_pricing: bool = True
    stripe_wallets: bool = False
    stripe_trial_card: bool = True
    sandbox: bool = False
    public_url: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"

    @field_validator("telegram_webhook_secret", "stripe_webhook_secret")
    @classmethod
    def _not_empty(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().strip():
            raise ValueError("must not be empty: an empty secret can be forged")
        return value
