'use strict';
// Sorting: a head's button sorts by its column, again: the other way round.
// Rows without a number stay behind in both directions.
for (const table of document.querySelectorAll('table.sortable')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.firstElementChild.addEventListener('click', () => {
      const number = head.classList.contains('number');
      const last = head.getAttribute('aria-sort');
      const down = last ? last === 'ascending' : number && column > 0;
      const key = (row) => {
        const cell = row.cells[column];
        if (!number) return cell.textContent;
        const text = cell.dataset.number;
        if (text === 'inf') return Infinity;
        if (text === '-inf') return -Infinity;
        return text === '' ? NaN : Number(text);
      };
      const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
      rows.sort(([a], [b]) => {
        if (number) {
          if (Number.isNaN(a) || Number.isNaN(b)) {
            return Number.isNaN(a) - Number.isNaN(b);
          }
          if (a === b) return 0;
          return (a < b ? -1 : 1) * (down ? -1 : 1);
        }
        return (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1);
      });
      heads.forEach((other) => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      table.tBodies[0].append(...rows.map(([, row]) => row));
    });
  });
}
// Filters: every word must occur in the row or the block.
for (const input of document.querySelectorAll('input[data-filter]')) {
  const target = document.getElementById(input.dataset.filter);
  const items = target.tBodies ? () => [...target.tBodies[0].rows]
                               : () => [...target.children];
  const output = input.closest('.filter').querySelector('output');
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items()) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
      shown += !item.hidden;
    }
    output.textContent = words.length ? shown + ' shown' : '';
  });
}
// A link to a cell's records opens them.
const openTarget = () => {
  const target = location.hash &&
      document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === 'DETAILS') {
    target.open = true;
    target.hidden = false;
    target.scrollIntoView();
  }
};
addEventListener('hashchange', openTarget);
openTarget();
// Paper shows everything that a click would.
addEventListener('beforeprint', () => {
  for (const row of document.querySelectorAll('tbody tr')) row.hidden = false;
  for (const part of document.querySelectorAll('.table > details')) {
    part.open = true;
  }
});
