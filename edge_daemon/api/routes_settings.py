# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on settings files: take one in, give one out."""

from fastapi import APIRouter

from edge_daemon.api import messages_settings as m
from edge_daemon.api.routes_station import Wired
from edge_daemon.station.settings.probed import with_findings
from edge_daemon.station.settings.reading import read_own_settings, read_settings, stated_secrets
from edge_daemon.station.settings.report import Report

router = APIRouter(prefix="/api/settings", tags=["settings"])


@router.post("/import")
def take(asked: m.SettingsImport, wired: Wired) -> m.SettingsReport:
    """Apply a settings file. What cannot be taken is in the report, and stops nothing else."""
    read = read_own_settings if asked.provision else read_settings
    draft = read(asked.document.get_secret_value().encode())
    secrets = stated_secrets({name: text.get_secret_value() for name, text in asked.secrets.items()})
    report = wired.settings.take(draft, secrets, asked.person)
    if any(sensor.probe_first for sensor in draft.settings.sensors):
        wired.proving.look()
        report = with_findings(report, draft.settings.sensors, wired.proving)
    return report_message(report)


@router.get("/export")
def export(wired: Wired) -> m.SettingsExport:
    """The station's settings as a file, without secrets."""
    found = wired.settings.export()
    return m.SettingsExport(document=found.document, secrets=found.secrets)


def report_message(report: Report) -> m.SettingsReport:
    """The report as it goes out."""
    fields = tuple(
        m.SettingsField(path=field.path, verdict=field.verdict.value, words=field.words) for field in report.fields
    )
    return m.SettingsReport(outcome=report.outcome.value, fields=fields)
