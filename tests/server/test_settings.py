"""Settings: what the environment may say, and how it is told that it is wrong."""

import os

import pytest
from pydantic import ValidationError

from models.database_url import DatabaseUrl
from server.settings import PREFIX, Settings, SettingsError, settings_table


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """None of our variables, whatever the shell has."""
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)
    return monkeypatch


def problem(environment: pytest.MonkeyPatch, **variables: str) -> str:
    for name, value in variables.items():
        environment.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError) as caught:
        Settings()
    return str(caught.value)


def test_without_variables_the_defaults_hold() -> None:
    settings = Settings()

    assert settings.database_url == DatabaseUrl.parse("sqlite://data/sessiongraph.db")
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert (settings.broadcast_url, settings.allowed_origins) == ("memory://", ())
    assert settings.broadcast_channel == "sessiongraph.changes"
    assert (settings.max_body_bytes, settings.max_ingest_body_bytes) == (262_144, 4_194_304)
    assert (settings.max_frame_bytes, settings.max_subscriptions_per_socket) == (65_536, 100)
    assert (settings.connection_init_timeout, settings.operation_timeout) == (5, 10)


def test_variables_are_read(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SESSIONGRAPH_DATABASE_URL", "postgres://me:secret@db:5433/sessions")
    environment.setenv("SESSIONGRAPH_WORKERS", "4")
    environment.setenv("SESSIONGRAPH_BROADCAST_URL", "memory://")
    environment.setenv("SESSIONGRAPH_ALLOWED_ORIGINS", "https://A.example:443, http://b.example:81")
    environment.setenv("SESSIONGRAPH_GRAPHIQL", "false")

    settings = Settings()

    assert settings.database_url.dialect == "postgres"
    assert (settings.workers, settings.broadcast_url) == (4, "memory://")
    assert settings.allowed_origins == ("http://b.example:81", "https://a.example")
    assert settings.graphiql is False
    assert "secret" not in repr(settings)


def test_what_the_command_line_gives_wins(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SESSIONGRAPH_PORT", "9000")

    assert Settings(port=9001).port == 9001


def test_variables_of_the_test_suite_are_left_alone(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SESSIONGRAPH_TEST_POSTGRES_URL", "postgres://test")

    assert Settings() == Settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("PROT", "SESSIONGRAPH_PROT is not a setting: did you mean SESSIONGRAPH_PORT?"),
        (
            "DATABASE",
            "SESSIONGRAPH_DATABASE is not a setting: did you mean SESSIONGRAPH_DATABASE_URL?",
        ),
        ("ZZZ", "SESSIONGRAPH_ZZZ is not a setting: the README lists all settings."),
    ],
)
def test_an_unknown_variable_stops_the_start(
    environment: pytest.MonkeyPatch, name: str, sentence: str
) -> None:
    assert problem(environment, **{name: "1"}) == sentence


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "PORT",
            "http",
            "SESSIONGRAPH_PORT is 'http': input should be a valid integer,"
            " unable to parse string as an integer.",
        ),
        (
            "PORT",
            "65536",
            "SESSIONGRAPH_PORT is '65536': input should be less than or equal to 65535.",
        ),
        (
            "WORKERS",
            "0",
            "SESSIONGRAPH_WORKERS is '0': input should be greater than or equal to 1.",
        ),
        (
            "WORKERS",
            "2",
            "SESSIONGRAPH_WORKERS is 2, but a SQLite file takes one server process: set"
            " SESSIONGRAPH_DATABASE_URL to a postgres:// URL, or run one worker.",
        ),
        (
            "DATABASE_URL",
            "mysql://me:secret@host/name",
            "SESSIONGRAPH_DATABASE_URL is not valid: use sqlite://relative.db,"
            " sqlite:///absolute/path.db or postgres://user:password@host:port/name.",
        ),
        (
            "BROADCAST_URL",
            "kafka://:secret@host",
            "SESSIONGRAPH_BROADCAST_URL is not valid: use memory://,"
            " redis://user:password@host:port or rediss://user:password@host:port.",
        ),
        (
            "BROADCAST_CHANNEL",
            "",
            "SESSIONGRAPH_BROADCAST_CHANNEL is '': string should have at least 1 character.",
        ),
        (
            "OPERATION_TIMEOUT",
            "inf",
            "SESSIONGRAPH_OPERATION_TIMEOUT is 'inf': input should be a finite number.",
        ),
        (
            "LOG_FORMAT",
            "xml",
            "SESSIONGRAPH_LOG_FORMAT is 'xml': input should be 'auto', 'json' or 'console'.",
        ),
        (
            "ALLOWED_ORIGINS",
            "app.example",
            "SESSIONGRAPH_ALLOWED_ORIGINS is 'app.example': invalid origin 'app.example' in"
            " allowed_origins. Expected '*' or an origin like 'https://example.com' (scheme, host"
            " and optional port, without a path).",
        ),
    ],
)
def test_a_malformed_value_stops_the_start_with_one_sentence(
    environment: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    assert problem(environment, **{name: value}) == sentence


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache",
        "redis://cache:6379/1",
        "redis://me:secret@[::1]:6380",
        "rediss://:secret@cache",
        "rediss://cache?ssl_ca_certs=/etc/ca.pem&ssl_check_hostname=false",
    ],
)
def test_wake_ups_can_go_through_redis(environment: pytest.MonkeyPatch, url: str) -> None:
    environment.setenv("SESSIONGRAPH_BROADCAST_URL", url)

    settings = Settings()

    assert settings.broadcast_url == url
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "memory",
        "memory://x",
        "redis",
        "redis://",
        "redis://:secret@",
        "redis://:se/cret@cache",
        "redis://cache:secret",
        "redis://cache:0",
        "redis://cache:65536",
        "redis://cache/secret",
        "redis://cache?db=1",
        "redis://cache?protocol=3",
        "redis://cache?ssl_ca_certs=secret",
        "rediss://cache?ssl_secret=1",
        "rediss://cache?ssl_cert_reqs=secret",
        "rediss://cache?ssl_min_version=secret",
        "unix:///secret",
        "redis-stream://cache",
    ],
)
def test_other_broadcast_urls_are_refused_and_not_shown(
    environment: pytest.MonkeyPatch, url: str
) -> None:
    assert problem(environment, BROADCAST_URL=url) == (
        "SESSIONGRAPH_BROADCAST_URL is not valid: use memory://, redis://user:password@host:port"
        " or rediss://user:password@host:port."
    )


def test_several_problems_are_told_at_once(environment: pytest.MonkeyPatch) -> None:
    sentences = problem(environment, PORT="x", HOSTS="x", LOG_LEVEL="x").splitlines()

    assert [sentence.split()[0] for sentence in sentences] == [
        "SESSIONGRAPH_HOSTS",
        "SESSIONGRAPH_PORT",
        "SESSIONGRAPH_LOG_LEVEL",
    ]


def test_the_table_has_every_setting_with_its_default_and_meaning() -> None:
    lines = settings_table().splitlines()

    assert lines[:2] == ["| Variable | Default | Meaning |", "|---|---|---|"]
    assert len(lines) == 2 + len(Settings.model_fields)
    assert "| `SESSIONGRAPH_PORT` | `8000` | TCP port to listen on; 0 takes a free one. |" in lines
    assert not [line for line in lines if line.endswith("| None |")]
