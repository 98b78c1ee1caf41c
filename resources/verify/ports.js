// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// Behind which ports of a log a program can stand instead of an instrument. Only what is known to lead out of the
// computer counts as real: a physical port, and a network address that is not the computer's own.

const REAL_PORTS = new Set(["physical", "network", "computed"]);
const UNREAL_PORTS = new Set(["pseudo_terminal", "socket"]);
const OWN_HOSTS = [
  /^(?:[^:]*\.)?localhost\.?$/i, /^ip6-(?:localhost|loopback)$/i, /^127(?:\.[0-9]{1,3}){3}$/, /^0(?:\.0){3}$/,
  /^\[[0:]*1?\]$/, /^\[[0:]*(?:ffff:)?(?:127\.[0-9.]*|0(?:\.0){3}|7f[0-9a-f]{2}:[0-9a-f]*|0*:0*)\]$/i,
];
const ONLY_NUMBERS = /^(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*$/i;
const FULL_ADDRESS = /^[1-9][0-9]{0,2}(?:\.(?:0|[1-9][0-9]{0,2})){3}$/;

// What a sensor was connected through that a program can stand behind; empty where nothing tells that.
function unrealPort(kind, port) {
  if (UNREAL_PORTS.has(kind)) return `a ${kind.replaceAll("_", " ")}`;
  if (!REAL_PORTS.has(kind)) return `a port of a kind that is not known here (${kind.slice(0, 40)})`;
  if (kind !== "network") return "";
  const place = port.slice(port.indexOf(":") + 1);
  const host = place.lastIndexOf(":") > 0 ? place.slice(0, place.lastIndexOf(":")) : place;
  const own = OWN_HOSTS.some((form) => form.test(host)) || (ONLY_NUMBERS.test(host) && !FULL_ADDRESS.test(host));
  return own ? `a network address of the computer itself (${place.slice(0, 80)})` : "";
}
