'use strict';
// Sorting: a head's button sorts by its column, again: the other way round.
// Rows without a number stay behind in both directions.
for (const table of document.querySelectorAll('table.sortable:not(.paged)')) {
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
  if (target.classList.contains('paged')) continue;
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
// Large tables: all rows are data, a page of them is in the document. A row is
// its texts, and the numbers to sort by beside them.
for (const table of document.querySelectorAll('table.paged')) {
  const size = table.tBodies[0].rows.length;
  const heads = [...table.tHead.rows[0].cells];
  const numeric = heads.map((head) => head.classList.contains('number'));
  const section = table.closest('.table');
  const pages = section.querySelector('.pages');
  const buttons = pages.querySelectorAll('button');
  const codes = heads.map((head, column) =>
      table.tBodies[0].rows[0].cells[column].querySelector('.code') !== null);
  let all = null, rows = null, first = 0;
  const load = () => {
    if (all) return;
    const data = document.getElementById(table.id + '-rows').textContent;
    all = JSON.parse(data).map((values) => {
      const texts = [], numbers = [];
      for (let i = 0, column = 0; column < heads.length; ++column) {
        const number = numeric[column] ? values[i++] : null;
        numbers.push(number === null ? null : Number(number));
        texts.push(values[i++]);
      }
      return {texts, numbers, search: texts.join(' ').toLowerCase()};
    });
    rows = all;
  };
  const show = () => {
    table.tBodies[0].replaceChildren(
        ...rows.slice(first, first + size).map(({texts}) => {
          const line = document.createElement('tr');
          texts.forEach((text, column) => {
            const cell = line.insertCell();
            if (numeric[column]) cell.className = 'number';
            if (!codes[column]) {
              cell.textContent = text;
              return;
            }
            const code = cell.appendChild(document.createElement('a'));
            code.className = 'code';
            code.href = '#provenance';
            for (const digit of text) {
              const part = code.appendChild(document.createElement('i'));
              part.className = 'op' + digit;
              part.textContent = digit;
            }
          });
          return line;
        }));
    const last = Math.min(first + size, rows.length);
    pages.querySelector('output').textContent =
        (rows.length ? first + 1 : 0) + '–' + last + ' of ' + rows.length;
    buttons[0].disabled = first === 0;
    buttons[1].disabled = last === rows.length;
  };
  buttons[0].disabled = true;
  for (const button of buttons) {
    button.addEventListener('click', () => {
      load();
      first += size * Number(button.dataset.step);
      show();
    });
  }
  let order = () => 0;
  heads.forEach((head, column) => {
    head.firstElementChild.addEventListener('click', () => {
      load();
      const last = head.getAttribute('aria-sort');
      const down = last ? last === 'ascending' : numeric[column] && column > 0;
      const sign = down ? -1 : 1;
      order = (one, two) => {
        const a = numeric[column] ? one.numbers[column] : one.texts[column];
        const b = numeric[column] ? two.numbers[column] : two.texts[column];
        if (a === null || b === null) return (a === null) - (b === null);
        return a < b ? -sign : a > b ? sign : 0;
      };
      heads.forEach((other) => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      rows = [...rows].sort(order);
      first = 0;
      show();
    });
  });
  const input = section.querySelector('input[data-filter]');
  if (!input) continue;
  input.addEventListener('input', () => {
    load();
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows = all.filter(({search}) => words.every((w) => search.includes(w)));
    rows.sort(order);
    first = 0;
    input.closest('.filter').querySelector('output').textContent =
        words.length ? rows.length + ' shown' : '';
    show();
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
