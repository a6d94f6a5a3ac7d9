// Before the first paint, so that a page in the dark never flashes white. A file of its own: inline scripts are barred.
try {
  const theme = localStorage.getItem("punchin.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage in this browser: the system's theme it is.
}
