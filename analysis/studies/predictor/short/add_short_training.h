// Adds the accuracies of a short adversarial training to a file of scores, so
// that they are judged as the scores are.
#ifndef ANALYSIS_STUDIES_PREDICTOR_SHORT_ADD_SHORT_TRAINING_H_
#define ANALYSIS_STUDIES_PREDICTOR_SHORT_ADD_SHORT_TRAINING_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/predictor_scores.pb.h"
#include "training/attack_suite.pb.h"
#include "training/recipe.pb.h"

namespace robbench {

// Returns what a short training and one evaluation cost, in forward passes of
// one image, as predictor_cost.h counts: 2 for each step of the attack and 3
// for the step of the weights, of each training image in each epoch; then, of
// each test image, one, and those of the attack. Absent where it is not FGSM or
// PGD's last iterate of one run; `attack` may be clean.
std::optional<double> TrainingPasses(const Recipe& recipe,
                                     uint32_t train_images,
                                     uint32_t test_images,
                                     const Attack& attack);

// Adds the accuracies of every attack in `table`, which is of one data set, as
// columns of the training `name`, means over the seeds. A training of that name
// that is there already is replaced. `bytes` are the table's file,
// `scores_path` and `table_path` are for messages. InvalidArgument, naming path
// and field, for a name that is none (analysis/table/predictor_name.h), a table
// of several data sets, of one that is no part of the scores'
// ("cifar10_first_2560" is one of "cifar10"), of published numbers or without
// accuracies, and cells that have no scores. That the training costs the part
// that its name says is not checked.
absl::Status AddShortTraining(const std::string& name,
                              const std::string& table_path,
                              absl::string_view bytes,
                              const BenchmarkTable& table,
                              const std::string& scores_path,
                              PredictorScores& scores);

}  // namespace robbench

#endif  // ANALYSIS_STUDIES_PREDICTOR_SHORT_ADD_SHORT_TRAINING_H_
