'use strict';
// The tables of the report: sorting by a head's button, filtering, pages,
// choosing columns, and what is shown as CSV. All rows of a large table are
// data (PagesHtml of report_table.cc), a page of them is in the document; all
// rows of another table are in the document already.

const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
};

// One record of CSV after RFC 4180, as CsvLine of analysis/text/escape.h.
const csvLine = (fields) => fields.map((field) =>
    /[",\r\n]/.test(field) ? '"' + field.replaceAll('"', '""') + '"' : field)
    .join(',') + '\n';

class DataTable {
  constructor(element) {
    this.element = element;
    this.section = element.closest('.table');
    this.body = element.tBodies[0];
    this.heads = [...element.tHead.rows[0].cells];
    this.labels = this.heads.map((head) => head.textContent);
    // A label is short: "PGD 8" of 20 and of 100 steps. The hint has the whole.
    this.keys = this.heads.map(
        (head, column) => this.labels[column] + '\n' + head.title);
    this.numeric = this.heads.map(
        (head) => head.classList.contains('number'));
    this.data = document.getElementById(element.id + '-rows');
    this.size = this.data ? this.body.rows.length : Infinity;
    const row = this.body.rows[0];
    this.codeColumn =
        row ? [...row.cells].findIndex((cell) => cell.querySelector('.code'))
            : -1;
    this.headColumn = row ? [...row.cells].findIndex(
        (cell) => cell.tagName === 'TH') : -1;
    this.indexColumn = this.labels.indexOf('index');
    this.hidden = new Set();
    this.first = 0;
    this.order = null;  // {column, sign}
    this.words = [];
    this.all = null;
    this.heads.forEach((head, column) => head.firstElementChild
        .addEventListener('click', () => this.sort(column)));
    this.addPages();
    this.addTools();
  }

  // A row: its texts, the numbers of its numeric columns (NaN: none), what the
  // filter looks in, and its element, if it has been in the document.
  load() {
    if (this.all) return;
    const row = (texts, numbers, element) => ({
      texts, numbers, element, search: texts.join(' ').toLowerCase(),
    });
    const number = (text) => text === null || text === '' ? NaN :
        text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text);
    this.all = this.data ?
        JSON.parse(this.data.textContent).map((values) => {
          const texts = [], numbers = [];
          for (let i = 0; texts.length < this.heads.length;) {
            numbers.push(this.numeric[texts.length] ? number(values[i++])
                                                    : NaN);
            texts.push(values[i++]);
          }
          return row(texts, numbers, null);
        }) :
        [...this.body.rows].map((element) => {
          const cells = [...element.cells];
          return row(cells.map((cell) => cell.textContent),
                     cells.map((cell) => number(cell.dataset.number ?? '')),
                     element);
        });
    this.rows = this.all;
  }

  elementOf(row) {
    if (!row.element) {
      row.element = make('tr');
      row.texts.forEach((text, column) => {
        const cell = row.element.appendChild(
            column === this.headColumn ? make('th', {scope: 'row'})
                                       : make('td'));
        if (this.numeric[column]) cell.className = 'number';
        if (column !== this.codeColumn) {
          cell.textContent = text;
          return;
        }
        const link = cell.appendChild(make('a', {
          class: 'code', href: '#cell=' + row.texts[this.indexColumn]}));
        for (const digit of text) {
          link.append(make('i', {class: 'op' + digit}, digit));
        }
      });
    }
    [...row.element.cells].forEach((cell, column) => {
      cell.hidden = this.hidden.has(column);
    });
    return row.element;
  }

  // The rows in the document, from the whole of them.
  show() {
    this.load();
    const last = Math.min(this.first + this.size, this.rows.length);
    this.body.replaceChildren(...this.rows.slice(this.first, last).map(
        (row) => this.elementOf(row)));
    this.heads.forEach((head, column) => {
      head.hidden = this.hidden.has(column);
    });
    if (!this.pages) return;
    this.pages.querySelector('output').textContent =
        (this.rows.length ? this.first + 1 : 0) + '–' + last + ' of ' +
        this.rows.length;
    const [previous, next] = this.pages.querySelectorAll('button');
    previous.disabled = this.first === 0;
    next.disabled = last === this.rows.length;
  }

  // Filters and sorts. Rows without a number stay behind in both directions.
  arrange() {
    this.load();
    this.rows = this.all.filter(
        ({search}) => this.words.every((word) => search.includes(word)));
    if (this.order) {
      const {column, sign} = this.order;
      this.rows.sort((one, two) => {
        let a = one.texts[column], b = two.texts[column];
        if (this.numeric[column]) {
          a = one.numbers[column];
          b = two.numbers[column];
          if (Number.isNaN(a) || Number.isNaN(b)) {
            return Number.isNaN(a) - Number.isNaN(b);
          }
        }
        return a < b ? -sign : a > b ? sign : 0;
      });
    }
    this.first = 0;
    this.show();
  }

  // Again by the same column: the other way round.
  sort(column) {
    const last = this.heads[column].getAttribute('aria-sort');
    const down = last !== 'none' ? last === 'ascending'
                                 : this.numeric[column] && column > 0;
    this.order = {column, sign: down ? -1 : 1};
    for (const head of this.heads) head.setAttribute('aria-sort', 'none');
    this.heads[column].setAttribute('aria-sort',
                                    down ? 'descending' : 'ascending');
    this.arrange();
  }

  // All rows that the filter leaves, in their order, in the columns that are
  // shown: numbers plain (of a paged table to eight digits), codes as c000211,
  // as in every CSV of robbench.
  csv() {
    this.load();
    const columns = this.labels.map((_, column) => column).filter(
        (column) => !this.hidden.has(column));
    const field = (row, column) => {
      const text = row.texts[column], number = row.numbers[column];
      if (this.labels[column] === 'code') return 'c' + text;
      if (!this.numeric[column]) return text;
      if (Number.isNaN(number)) return text === '–' ? '' : text;
      return Number.isFinite(number) ? String(number)
                                     : number > 0 ? 'inf' : '-inf';
    };
    return csvLine(columns.map((column) => this.labels[column])) +
        this.rows.map((row) => csvLine(columns.map(
            (column) => field(row, column)))).join('');
  }

  addPages() {
    this.pages = this.section.querySelector('.pages');
    if (!this.pages) return;
    this.pages.hidden = false;
    const buttons = this.pages.querySelectorAll('button');
    buttons[0].disabled = true;
    for (const button of buttons) {
      button.addEventListener('click', () => {
        this.first += this.size * Number(button.dataset.step);
        this.show();
      });
    }
  }

  addTools() {
    const tools = this.section.querySelector('.tools');
    if (!tools) return;
    tools.hidden = false;
    const input = tools.querySelector('input[data-filter]');
    if (input) {
      const output = tools.querySelector('output');
      input.addEventListener('input', () => {
        this.words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
        this.arrange();
        output.textContent =
            this.words.length ? this.rows.length + ' shown' : '';
      });
    }
    const choice = make('fieldset', {}, make('legend', {class: 'hidden'},
                                             'Columns that are shown'));
    this.labels.forEach((label, column) => {
      const box = make('input', {type: 'checkbox'});
      box.checked = true;
      // A row keeps its name.
      box.disabled = column === this.headColumn;
      box.addEventListener('change', () => {
        this.hidden[box.checked ? 'delete' : 'add'](column);
        this.show();
      });
      choice.append(make('label', {}, box, ' ' + label));
    });
    const save = make('button', {type: 'button', class: 'save'},
                      'Download as CSV');
    save.addEventListener('click', () => {
      const link = make('a', {download: this.section.id + '.csv'});
      link.href = URL.createObjectURL(
          new Blob([this.csv()], {type: 'text/csv'}));
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
    tools.append(save, make('details', {class: 'columns'},
                            make('summary', {}, 'Columns'), choice));
  }
}

// Without this script a code leads to where its numbers come from.
for (const link of document.querySelectorAll('a.code[data-cell]')) {
  link.href = '#cell=' + link.dataset.cell;
}
const dataTables = [...document.querySelectorAll('table.sortable')].map(
    (table) => new DataTable(table));
