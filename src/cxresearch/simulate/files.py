"""Write the example company's exports in the formats that such systems use."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pandas as pd
import pyreadstat
from openpyxl import Workbook

from cxresearch.simulate.company import Company

TITLE = "Yritys X – projektikokemuskysely 2024–2025"
WAYS = {1.0: "Asiakkaan tiloissa", 2.0: "Hybridi", 3.0: "Etänä"}
_STAMP = datetime.datetime(2026, 1, 15, 12, 0, 0)


def write_company(company: Company, folder: Path) -> list[Path]:
    """Write `raw/` and `truth.json` of the example study into its folder.

    Returns
    -------
    The files written: a pulse survey (CSV with semicolons and decimal commas, Windows-1252), a customer survey
    (Excel, the header below a title), process measures (SPSS with labels and user-missing values), and the teams
    (CSV, UTF-8). `unit-aliases.csv` lies beside the codebook.
    """
    raw = folder / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    pulse, teams, names = raw / "fiilismittaus.csv", raw / "tiimit.csv", folder / "unit-aliases.csv"
    company.employees.to_csv(
        pulse, sep=";", decimal=",", index=False, encoding="cp1252", lineterminator="\r\n", float_format="%.1f"
    )
    company.teams.to_csv(teams, index=False, lineterminator="\n")
    company.aliases.to_csv(names, index=False, lineterminator="\n")
    survey, processes, truth = raw / "projektikokemus.xlsx", raw / "prosessit.sav", folder / "truth.json"
    _write_survey(company.customers, survey)
    _write_processes(company.processes, processes)
    told = company.truth.as_json() | {"n_careless": company.n_careless}
    truth.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return [pulse, survey, processes, teams, names, truth]


def _write_survey(customers: pd.DataFrame, path: Path) -> None:
    book = Workbook()
    book.properties.created = book.properties.modified = _STAMP
    book.properties.creator = "Yritys X"
    sheet = book.active
    sheet.title = "Vastaukset"
    sheet.append([TITLE])
    sheet.append([])
    sheet.append(list(customers.columns))
    for row in customers.astype(object).itertuples(index=False):
        sheet.append([None if value is pd.NA or value == "" else value for value in row])
    book.save(path)


def _write_processes(processes: pd.DataFrame, path: Path) -> None:
    pyreadstat.write_sav(
        processes,
        str(path),
        column_labels=[
            "Tiimi",
            "Vuosineljännes",
            "Toimitusten viive keskimäärin (pv)",
            "Uudelleen tehtyjen töiden osuus (%)",
            "Vallitseva toimintatapa",
        ],
        variable_value_labels={"viive_pv": {-1.0: "Ei mitattu"}, "toimintatapa": WAYS},
        missing_ranges={"viive_pv": [-1.0]},
        variable_measure={"toimintatapa": "nominal"},
    )
