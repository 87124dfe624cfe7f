"""Script of every page: a hidden tab does not read from the stage, and `/` finds tasks on any screen."""

SCRIPT = """<script>
document.addEventListener('visibilitychange', () => emitEvent('visibility', document.hidden));
function findTasks() {
  const search = document.querySelector('[data-search] input, input[data-search]');
  if (search) search.focus();
  return search;
}
document.addEventListener('keydown', event => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
  if (document.querySelector('.q-dialog')) return;
  if (!findTasks()) location.assign('/tasks#find');
  event.preventDefault();
});
if (location.hash === '#find') {
  history.replaceState(history.state, '', location.pathname + location.search);
  const trying = setInterval(() => findTasks() && clearInterval(trying), 50);
}
</script>"""
