// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// Runs beside the page, so that the page stays alive; the page ends it to cancel.

self.onmessage = async ({ data }) => {
  let told = 0;
  const progress = (done, all) => {
    const now = performance.now();
    if (now - told < 100) return;
    told = now;
    self.postMessage({ done, all });
  };
  const begun = performance.now();
  try {
    const verdict = await checkBundle(data.files, data.register, progress);
    self.postMessage({ verdict, milliseconds: performance.now() - begun });
  } catch (error) {
    self.postMessage({ broken: `${error.name}: ${error.message}` });
  }
};
