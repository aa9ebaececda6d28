// Writes the graphs of the cell and of the skeleton (Fig. 1) for graphviz.
#include <string>

#include "absl/strings/str_cat.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/figures/paper_figure_parts.h"
#include "analysis/text/escape.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/operation.h"

namespace robbench {
namespace {

// Returns the beginning of both graphs. Fonts are in points, as in the other
// figures.
std::string Head(const char* name, const FigureStyle& style) {
  const std::string text = absl::StrCat(
      "fontname=", DotQuoted(style.font()), " fontsize=", style.font_size(),
      " fontcolor=\"", style.text_colour(), "\"");
  return absl::StrCat("// Draws ", name, ".svg: dot -Tsvg -o ", name, ".svg ",
                      name, ".dot\ndigraph ", name, " {\n",
                      "  graph [rankdir=LR bgcolor=\"white\" pad=0.2 "
                      "nodesep=0.45 ranksep=",
                      std::string(name) == "cell" ? "1.5" : "0.22", " ", text,
                      "]\n", "  node [", text, " color=\"", style.text_colour(),
                      "\"]\n", "  edge [", text, " arrowsize=0.8]\n");
}

std::string Spoken(Operation operation) {
  switch (operation) {
    case Operation::kNone:
      return "none";
    case Operation::kSkipConnect:
      return "skip";
    case Operation::kConvolution1x1:
      return "1×1 conv";
    case Operation::kConvolution3x3:
      return "3×3 conv";
    default:
      return "3×3 avg. pool";
  }
}

}  // namespace

std::string CellGraph(const Cell& cell, const FigureStyle& style) {
  std::string graph = Head("cell", style);
  for (int node = 0; node < kNumNodes; ++node) {
    const bool ends = node == 0 || node == kNumNodes - 1;
    absl::StrAppend(&graph, "  n", node, " [label=\"", node,
                    "\" shape=circle style=filled fillcolor=\"",
                    ends ? style.box_colour() : "white", "\"]\n");
  }
  // The nodes stand in a row, and the edges curve around them.
  for (int edge = 0; edge < kNumEdges; ++edge) {
    const Operation operation = cell.operation(edge);
    const auto [source, target] = kEdges[edge];
    const bool none = operation == Operation::kNone;
    const bool skip = operation == Operation::kSkipConnect;
    absl::StrAppend(&graph, "  n", source, " -> n", target, " [label=\" ",
                    Spoken(operation),
                    " \" penwidth=", none || skip ? "1.4" : "3", " style=",
                    none   ? "dotted"
                    : skip ? "dashed"
                           : "solid",
                    " color=\"",
                    none || skip
                        ? style.text_colour()
                        : style.operation_colours(static_cast<int>(operation)),
                    "\" weight=", target - source == 1 ? 8 : 1, "]\n");
  }
  return graph + "}\n";
}

std::string SkeletonGraph(const Skeleton& skeleton, int image_size, int classes,
                          const FigureStyle& style) {
  std::string graph = Head("skeleton", style);
  std::string last;
  int count = 0;
  const auto add = [&](const std::string& label, const std::string& fill,
                       const char* more = "") {
    const std::string name = absl::StrCat("s", count++);
    absl::StrAppend(&graph, "  ", name, " [shape=box style=\"filled,rounded\" ",
                    "height=0.9 margin=\"0.07,0.05\" fillcolor=\"", fill,
                    "\" label=", DotQuoted(label), more, "]\n");
    if (!last.empty()) absl::StrAppend(&graph, "  ", last, " -> ", name, "\n");
    last = name;
  };
  const std::string plain = "white";
  const std::string cells = style.box_colour();
  const std::string reduces = ColourText(
      Paler(ColourNumber(style.operation_colours(kNumOperations - 1)), 0.5));
  int channels = skeleton.channels(), size = image_size;
  add(absl::StrCat("image\n3×", size, "×", size), plain);
  add(absl::StrCat("3×3 conv\n", channels, "×", size, "×", size), plain);
  for (int stage = 0; stage < 3; ++stage) {
    if (stage > 0) {
      channels *= 2;
      size = (size + 1) / 2;
      add(absl::StrCat("residual\nblock,\nstride 2"), reduces);
    }
    add(absl::StrCat(skeleton.cells_per_stage(), " cells\n", channels, "×",
                     size, "×", size),
        cells, " peripheries=2");
  }
  add("global\naverage\npool", plain);
  add(absl::StrCat("linear\n", classes, " classes"), plain);
  return graph + "}\n";
}

}  // namespace robbench
