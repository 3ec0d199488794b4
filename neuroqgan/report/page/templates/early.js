// Before anything is drawn, so that a page that was chosen dark does not flash.
try {
  const chosen = localStorage.getItem("neuroqgan-theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
} catch { /* without storage the page follows the system */ }
document.documentElement.classList.add("scripted");
