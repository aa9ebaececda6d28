// A fixture for tests of claims: a small table, its statistics, and the other
// inputs that claims may have. A test changes what its claim reads, calls
// Find(), and expects a verdict.
#ifndef ANALYSIS_CLAIMS_CLAIMS_FIXTURE_H_
#define ANALYSIS_CLAIMS_CLAIMS_FIXTURE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/claims/claims.pb.h"
#include "analysis/claims/make_claims.h"
#include "analysis/search/search.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "ntk/theory/theory.pb.h"
#include "training/records.pb.h"

namespace robbench {

// Returns the key of a column.
inline ColumnKey Key(const std::string& dataset, const std::string& metric) {
  ColumnKey key;
  key.set_dataset(dataset);
  key.set_metric(metric);
  return key;
}

// Begins with one data set, cifar10, with clean, FGSM and PGD accuracy of two
// cells, a ranking of 100 entries by pgd_8, and the quartiles of pgd_8. All
// other inputs are missing until a test sets them.
class MakeClaimsTest : public testing::Test {
 protected:
  MakeClaimsTest() {
    *table_.mutable_provenance() = MakeProvenance("test", "", {});
    for (const int index : {1462, 2581}) {
      *table_.add_cells() = MakeCellIdentity(*Cell::FromIndex(index));
    }
    AddAccuracy("clean");
    AddAccuracy("fgsm_8").mutable_attack()->mutable_fgsm()->set_epsilon(8);
    AddAccuracy("pgd_3").mutable_attack()->mutable_pgd()->set_epsilon(3);
    AddAccuracy("pgd_8").mutable_attack()->mutable_pgd()->set_epsilon(8);
    statistics_.mutable_spec()->set_ranking_metric("pgd_8");
    DatasetStatistics& dataset = *statistics_.add_datasets();
    dataset.set_dataset("cifar10");
    dataset.set_chance(0.1);
    dataset.set_best(10);
    for (int i = 0; i < 100; ++i) {
      RankedCell& ranked = *dataset.add_ranking();
      ranked.set_rank(i + 1);
      *ranked.mutable_cell() = MakeCellKey(table_.cells(0));
      ranked.set_value(0.5);
    }
    Distribution& box = *statistics_.add_distributions();
    *box.mutable_column() = Key("cifar10", "pgd_8");
    box.set_cells(6466);
    box.set_first_quartile(0.3762);
    box.set_median(0.4275);
    box.set_third_quartile(0.4470);
  }

  // Adds an accuracy of 0.4 and 0.5 on 10,000 images to the table.
  Column& AddAccuracy(const std::string& metric) {
    Column& column = *table_.add_columns();
    *column.mutable_key() = Key("cifar10", metric);
    column.set_kind(Column::ACCURACY);
    column.mutable_attack()->set_name(metric);
    column.set_images(10000);
    column.add_mean(0.4);
    column.add_mean(0.5);
    return column;
  }

  // Adds a correlation of two columns with its interval.
  void Correlate(const ColumnKey& first, const ColumnKey& second, double low,
                 double spearman, double high) {
    Correlation& found = *statistics_.add_correlations();
    *found.mutable_first() = first;
    *found.mutable_second() = second;
    found.set_cells(100);
    found.set_spearman(spearman);
    found.set_spearman_low(low);
    found.set_spearman_high(high);
  }

  // Sets the operations of the 10 best cells. `convolutions` of them have a 3x3
  // convolution on each edge but 0→3, and `skips` a skip there; `low` and
  // `high` are the interval of the convolutions' share among all edges, or
  // equal for none.
  void SetOperations(int convolutions, int skips, double low, double high) {
    DatasetStatistics& dataset = *statistics_.mutable_datasets(0);
    dataset.clear_edges();
    dataset.clear_operations();
    int total = 0;
    for (const Edge& ends : kEdges) {
      EdgeOperations& edge = *dataset.add_edges();
      edge.set_source(ends.source);
      edge.set_target(ends.target);
      const bool skip = ends.source == 0 && ends.target == 3;
      const int conv = skip ? 10 - skips : convolutions;
      total += conv;
      for (const auto& [operation, best] :
           {std::pair("nor_conv_3x3", conv),
            std::pair("skip_connect", 10 - conv)}) {
        OperationCount& count = *edge.add_operations();
        count.set_operation(operation);
        count.set_best(best);
        count.set_all(500);
      }
    }
    for (const auto& [operation, best] :
         {std::pair("nor_conv_3x3", total),
          std::pair("skip_connect", 60 - total)}) {
      OperationCount& count = *dataset.add_operations();
      count.set_operation(operation);
      count.set_best(best);
      count.set_all(1500);
      if (low >= high) continue;
      count.set_best_share_low(low);
      count.set_best_share_high(high);
    }
  }

  // Makes all claims from the inputs as they are.
  Claims Make() {
    const auto table = BenchmarkTable::Make("t", table_);
    EXPECT_TRUE(table.ok()) << table.status();
    return MakeClaims(
        {.table = *table,
         .statistics = statistics_,
         .search = search_ ? &*search_ : nullptr,
         .ntk_study = ntk_study_ ? &*ntk_study_ : nullptr,
         .predictor_study = predictor_study_ ? &*predictor_study_ : nullptr,
         .bound_study = bound_study_ ? &*bound_study_ : nullptr,
         .reproductions = reproductions_ ? &*reproductions_ : nullptr,
         .obfuscation = obfuscation_});
  }

  // Makes all claims and returns the one with this id.
  Claim Find(const std::string& id) {
    const Claims claims = Make();
    for (const Claim& claim : claims.claims()) {
      if (claim.id() == id) return claim;
    }
    ADD_FAILURE() << "no claim " << id;
    return {};
  }

  Table table_;
  Statistics statistics_;
  std::optional<Search> search_;
  std::optional<BoundStudyRecord> bound_study_;
  std::optional<NtkStudy> ntk_study_;
  std::optional<PredictorStudy> predictor_study_;
  std::optional<Reproductions> reproductions_;
  std::vector<EvaluationRecord> obfuscation_;
};

}  // namespace robbench

#endif  // ANALYSIS_CLAIMS_CLAIMS_FIXTURE_H_
