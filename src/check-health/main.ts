/** The image's health check: exit code 0 when the server in this container answers, by the same PORT it listens on. */
try {
  const response = await fetch(`http://127.0.0.1:${process.env.PORT ?? 4000}/healthz`);
  process.exitCode = response.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
