// Before anything is drawn: the theme that was chosen here.
try {
  const theme = localStorage.getItem("openloom.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  /* Then that of the system. */
}
