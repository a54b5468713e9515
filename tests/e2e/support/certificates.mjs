// Certificates that sign themselves, made by openssl.
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";

// For that name and 127.0.0.1, into these two files (PEM); answers both as text.
export async function makeCertificate(files, name = "localhost", days = 2) {
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", String(days), "-subj", `/CN=${name}`],
      ...["-addext", `subjectAltName=DNS:${name},IP:127.0.0.1`, "-keyout", files.key, "-out", files.certificate],
    ],
    { stdio: "ignore" },
  );
  return { certificate: await readFile(files.certificate, "utf8"), key: await readFile(files.key, "utf8") };
}
