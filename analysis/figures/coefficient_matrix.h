// Draws a matrix of coefficients from -1 to 1 as coloured fields with their
// numbers.
#ifndef ANALYSIS_FIGURES_COEFFICIENT_MATRIX_H_
#define ANALYSIS_FIGURES_COEFFICIENT_MATRIX_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "analysis/figures/figure_style.pb.h"

namespace robbench {

// A row of the matrix, and the column of the same position.
struct MatrixEntry {
  std::string label;
  bool stands_apart = false;  // from the entry before it
};

// Returns script and data of a figure with a field for each two entries; the
// script names the data file NAME.dat. `coefficient` is asked for every row and
// column that differ and answers nothing where there is none. The diagonal is
// empty.
std::pair<std::string, std::string> DrawCoefficientMatrix(
    absl::string_view name, const FigureStyle& style,
    const std::vector<MatrixEntry>& entries,
    const std::function<std::optional<double>(int row, int column)>&
        coefficient);

}  // namespace robbench

#endif  // ANALYSIS_FIGURES_COEFFICIENT_MATRIX_H_
