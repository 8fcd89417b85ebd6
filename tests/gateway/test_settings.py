"""Settings come from a file and the environment, and what is wrong among them is named."""

import os
from pathlib import Path

import pytest

from gateway.settings import Settings, SettingsError, read_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("TVAERS_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a configuration file that sets three things."""
    path = tmp_path / "tvaers.toml"
    path.write_text('port = 9000\norigin = "log.example/by"\ndata = "fra-fil"\n', "utf-8")
    return path


def refusal(config: Path | None = None) -> str:
    """Return the text of the refusal."""
    with pytest.raises(SettingsError) as caught:
        read_settings(config)
    return str(caught.value)


class TestReading:
    def test_nothing_need_be_set(self) -> None:
        """Without any setting it runs by itself: loopback, SQLite in its own folder, and registers that exist."""
        found = read_settings()
        assert (found.host, found.data, found.ankre) == ("127.0.0.1", Path(".tvaers"), None)
        assert found.database_url == f"sqlite:///{Path('.tvaers').absolute()}/tvaers.db"
        assert found.parter.is_file()
        assert found.hjemler.is_file()

    def test_what_is_not_set_refuses(self) -> None:
        """Without being told otherwise, no timestamp counts, and revocation must be answered for."""
        found = read_settings()
        assert (found.tidsstempelankre, found.kraev_ocsp) == (None, True)

    def test_the_file_sets(self, config: Path) -> None:
        """What the file says holds, and what it does not say stays as it was."""
        found = read_settings(config)
        assert (found.port, found.origin, found.data, found.batch) == (9000, "log.example/by", Path("fra-fil"), 250)

    def test_the_environment_wins_over_the_file(self, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """One setting of the environment changes that one alone."""
        monkeypatch.setenv("TVAERS_PORT", "9001")
        found = read_settings(config)
        assert (found.port, found.origin) == (9001, "log.example/by")

    def test_the_command_lines_folder_wins_over_both(self, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """`--data` is said last, so it holds."""
        monkeypatch.setenv("TVAERS_DATA", "fra-miljoe")
        assert read_settings(config).data == Path("fra-miljoe")
        assert read_settings(config, Path("fra-kommando")).data == Path("fra-kommando")

    def test_one_file_does_not_leak_into_the_next_reading(self, config: Path) -> None:
        """Reading with a file leaves no trace in a reading without one."""
        read_settings(config)
        assert (read_settings().port, Settings().port) == (8400, 8400)

    def test_a_database_that_is_set_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The address is passed on as it stands."""
        monkeypatch.setenv("TVAERS_DATABASE", "postgresql+psycopg://db.example/tvaers")
        assert read_settings().database_url == "postgresql+psycopg://db.example/tvaers"

    def test_another_programs_variable_is_not_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only what begins with TVAERS_ is read."""
        monkeypatch.setenv("PORT", "1")
        assert read_settings().port == 8400


class TestRefusing:
    @pytest.mark.parametrize(
        ("name", "value"),
        [("port", "70000"), ("port", "-1"), ("port", "mange"), ("port", ""), ("batch", "0"), ("batch", "1001")],
    )
    def test_a_wrong_setting_is_named(self, name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """From the environment, and without the value it had."""
        monkeypatch.setenv(f"TVAERS_{name.upper()}", value)
        text = refusal()
        assert text.startswith(f"setting '{name}': ")
        assert "70000" not in text
        assert "mange" not in text

    @pytest.mark.parametrize(
        ("line", "name"),
        [("port = 'mange'", "port"), ("data = 7", "data"), ("host = ['a']", "host"), ("batch = 1001", "batch")],
    )
    def test_a_wrong_setting_of_the_file_is_named(self, tmp_path: Path, line: str, name: str) -> None:
        """From the file as from the environment."""
        config = tmp_path / "tvaers.toml"
        config.write_text(line, "utf-8")
        assert refusal(config).startswith(f"setting '{name}': ")

    def test_an_unknown_setting_of_the_file_is_refused(self, tmp_path: Path) -> None:
        """A setting spelt wrongly is not quietly left at its default."""
        config = tmp_path / "tvaers.toml"
        config.write_text('hjemmler = "egne.toml"', "utf-8")
        assert "hjemmler" in refusal(config)

    def test_an_unknown_setting_of_the_environment_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nor in the environment: with `TVAERS_HJEMMLER` the default register of bases would hold unnoticed."""
        monkeypatch.setenv("TVAERS_HJEMMLER", "egne.toml")
        assert "hjemmler" in refusal().lower()

    def test_a_file_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        """A file that was asked for and is missing is an error, not an empty file."""
        for missing in (tmp_path / "ingen.toml", tmp_path):
            assert refusal(missing) == "the configuration file does not exist"

    @pytest.mark.parametrize("content", [b"port = ", b"port = 1\nport = 2", b"\xff\xfe", b"navn = \x00"])
    def test_a_file_that_is_not_toml_is_refused(self, tmp_path: Path, content: bytes) -> None:
        """By the one error of this module, whatever the parser calls it."""
        config = tmp_path / "tvaers.toml"
        config.write_bytes(content)
        assert "configuration file" in refusal(config)
