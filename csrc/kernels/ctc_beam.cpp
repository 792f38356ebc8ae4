// ctc_beam: the labels that are likeliest to have been spelled, by a search along the steps.
//
//   z (B, T, C), lengths (B) -> labels (K, B, T) of int32, -1 behind the last; log probability (B,
//   K) ints [width, blank]
//
// After each step the `width` likeliest beginnings go on. Of each is known, as logarithms, how
// likely it was spelled by paths that end in its last class and by paths that end in a blank: only
// the latter may repeat that class. A beginning is a node of a tree, so that equal ones are one.
// Between equally likely ones the earlier, then the lower class goes first. Rows are dealt out to
// the threads whole.
#include "kernels/ctc.hpp"

namespace nncore::NNCORE_ISA {
namespace {

struct Node {
  int32_t parent, label, child, sibling, place;  // place: among the beginnings that go on, or -1
};

template <class T>
NNCORE_INLINE T add_logs(T a, T b) {
  return log_add<T>(broadcast(a), broadcast(b), broadcast(-Float<T>::inf))[0];
}

template <class T>
struct Beginning {
  T ends, blank, total;
  int32_t node;  // -1: `label` after `from`, not in the tree yet
  int32_t from, label;
  int32_t order;

  bool before(const Beginning& other) const {
    return total != other.total ? total > other.total : order < other.order;
  }
};

// The best `room` of what is offered: a heap with the worst on top.
template <class T>
struct Best {
  Beginning<T>* items;
  int64_t room, count = 0;

  void offer(const Beginning<T>& x) {
    if (!(x.total > -Float<T>::inf)) return;
    int64_t i = count;
    if (count < room) {
      ++count;
      for (; i > 0 && items[(i - 1) / 2].before(x); i = (i - 1) / 2) items[i] = items[(i - 1) / 2];
    } else {
      if (!x.before(items[0])) return;
      i = sink(0, x);
    }
    items[i] = x;
  }
  // Turns the heap into a list, best first.
  void sort() {
    const int64_t all = count;
    while (count > 1) {
      const Beginning<T> worst = items[0], x = items[--count];
      const int64_t i = sink(0, x);
      items[i] = x;
      items[count] = worst;
    }
    count = all;
  }

 private:
  int64_t sink(int64_t i, const Beginning<T>& x) {
    for (int64_t next = 2 * i + 1; next < count; i = next, next = 2 * i + 1) {
      if (next + 1 < count && items[next].before(items[next + 1])) ++next;
      if (!x.before(items[next])) break;
      items[i] = items[next];
    }
    return i;
  }
};

template <class T>
struct Search {
  int64_t width, classes, blank, nodes = 0;
  Node* tree;
  Beginning<T>*known, *found;
  T* log_p;
  uint8_t* taken;

  static int64_t rounded(int64_t bytes) { return (bytes + 63) / 64 * 64; }
  static int64_t tree_bytes(const Call& c) {
    return rounded((c.ints[0] * c.ops[0].shape[1] + 1) * static_cast<int64_t>(sizeof(Node)));
  }
  static int64_t list_bytes(const Call& c) {
    return rounded(c.ints[0] * static_cast<int64_t>(sizeof(Beginning<T>)));
  }
  static int64_t row_bytes(const Call& c) {
    return rounded(c.ops[0].shape[2] * static_cast<int64_t>(sizeof(T) + 1));
  }
  static int64_t bytes(const Call& c) { return tree_bytes(c) + 2 * list_bytes(c) + row_bytes(c); }

  Search(const Call& c, const Team& team)
      : width(c.ints[0]), classes(c.ops[0].shape[2]), blank(c.ints[1]) {
    char* memory = c.scratch + team.tid * bytes(c);
    tree = reinterpret_cast<Node*>(memory);
    known = reinterpret_cast<Beginning<T>*>(memory + tree_bytes(c));
    found = reinterpret_cast<Beginning<T>*>(memory + tree_bytes(c) + list_bytes(c));
    log_p = reinterpret_cast<T*>(memory + tree_bytes(c) + 2 * list_bytes(c));
    taken = reinterpret_cast<uint8_t*>(log_p + classes);
    for (int64_t i = 0; i < classes; ++i) taken[i] = 0;
  }

  // The node of `label` after `from`, made if there is none.
  int32_t node_of(int32_t from, int32_t label) {
    for (int32_t i = tree[from].child; i >= 0; i = tree[i].sibling)
      if (tree[i].label == label) return i;
    tree[nodes] = {from, label, -1, tree[from].child, -1};
    tree[from].child = static_cast<int32_t>(nodes);
    return static_cast<int32_t>(nodes++);
  }

  // How likely the next class is `label`, a class of its own and no repeat, after x.
  T follows(const Beginning<T>& x, int32_t label) const {
    return log_p[label] + (tree[x.node].label == label ? x.blank : x.total);
  }

  void step(Best<T>& next, int64_t count) {
    int32_t order = 0;
    for (int64_t i = 0; i < count; ++i) {
      const Beginning<T>& x = known[i];
      Beginning<T> y = x;
      y.blank = x.total + log_p[blank];
      y.ends = -Float<T>::inf;
      const Node& node = tree[x.node];
      if (node.label >= 0) {
        y.ends = x.ends + log_p[node.label];
        const int32_t place = tree[node.parent].place;
        if (place >= 0) y.ends = add_logs(y.ends, follows(known[place], node.label));
      }
      y.total = add_logs(y.ends, y.blank);
      y.order = order++;
      next.offer(y);
    }
    for (int64_t i = 0; i < count; ++i) {
      const Beginning<T>& x = known[i];
      // Those that are known already had their share above.
      for (int32_t c = tree[x.node].child; c >= 0; c = tree[c].sibling)
        taken[tree[c].label] = tree[c].place >= 0;
      for (int64_t c = 0; c < classes; ++c) {
        if (c == blank || taken[c]) continue;
        const int32_t label = static_cast<int32_t>(c);
        const T ends = follows(x, label);
        next.offer({ends, -Float<T>::inf, ends, -1, x.node, label, order++});
      }
      for (int32_t c = tree[x.node].child; c >= 0; c = tree[c].sibling) taken[tree[c].label] = 0;
    }
  }

  // Searches one row; the beginnings are left in `known`, best first, and their number returned.
  int64_t run(const T* z, int64_t length) {
    tree[0] = {-1, -1, -1, -1, 0};
    nodes = 1;
    known[0] = {-Float<T>::inf, T(0), T(0), 0, -1, -1, 0};
    int64_t count = 1;
    for (int64_t t = 0; t < length; ++t, z += classes) {
      const T norm = row_log_sum(z, classes);
      for (int64_t c = 0; c < classes; ++c) log_p[c] = z[c] - norm;
      Best<T> next{found, width};
      step(next, count);
      next.sort();
      for (int64_t i = 0; i < count; ++i) tree[known[i].node].place = -1;
      for (int64_t i = 0; i < next.count; ++i) {
        Beginning<T>& x = found[i];
        if (x.node < 0) x.node = node_of(x.from, x.label);
        tree[x.node].place = static_cast<int32_t>(i);
      }
      Beginning<T>* swapped = known;
      known = found, found = swapped;
      count = next.count;
    }
    return count;
  }
};

template <class T>
void beam_typed(const Call& call, const Team& team) {
  const Operand& z = call.ops[0];
  const int64_t batch = z.shape[0], steps = z.shape[1], paths = call.ops[2].shape[0];
  int32_t* labels = data_of<int32_t>(call, 2);
  T* scores = data_of<T>(call, 3);
  Search<T> search(call, team);
  const Range rows = share(batch, team);
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    int64_t length = whole_at(call.ops[1], row);
    length = length < 0 ? 0 : length > steps ? steps : length;
    const int64_t count = search.run(data_of<T>(call, 0) + row * steps * search.classes, length);
    for (int64_t k = 0; k < paths; ++k) {
      int32_t* to = labels + (k * batch + row) * steps;
      int64_t at = 0;
      if (k < count)
        for (int32_t i = search.known[k].node; i > 0; i = search.tree[i].parent) ++at;
      for (int64_t t = at; t < steps; ++t) to[t] = -1;
      if (k < count)
        for (int32_t i = search.known[k].node; i > 0; i = search.tree[i].parent)
          to[--at] = search.tree[i].label;
      scores[row * paths + k] = k < count ? search.known[k].total : -Float<T>::inf;
    }
  }
}

}  // namespace

void ctc_beam_run(const Call& call, const Team& team) {
  call.ops[0].dtype == f32 ? beam_typed<float>(call, team) : beam_typed<double>(call, team);
}
int64_t ctc_beam_scratch(const Call& call, int team) {
  return team *
         (call.ops[0].dtype == f32 ? Search<float>::bytes(call) : Search<double>::bytes(call));
}
double ctc_beam_cost(const Call& call) {
  const Operand& z = call.ops[0];
  return 100 + static_cast<double>(element_count(z)) * static_cast<double>(call.ints[0]) * 3;
}
const char* ctc_beam_check(const Call& call) {
  if (!has_counts(call, 2, 2, 2, 0))
    return "expects logits, lengths, 2 outputs, ints [width, blank]";
  const Operand &z = call.ops[0], &labels = call.ops[2], &scores = call.ops[3];
  if (!is_float(z) || z.ndim != 3) return "expects logits (B, T, C), float32 or float64";
  const int64_t b = z.shape[0], t = z.shape[1], c = z.shape[2];
  if (!is_index(call.ops[1]) || call.ops[1].ndim != 1 || call.ops[1].shape[0] != b)
    return "expects lengths (B) of int32 or int64";
  if (call.ints[0] < 1 || call.ints[0] > (1 << 20) || call.ints[0] * t > (1 << 28))
    return "expects a width from 1 to 1048576, and at most 2^28 nodes";
  if (c < 1 || c > (1 << 20) || call.ints[1] < 0 || call.ints[1] >= c)
    return "expects at most 1048576 classes, and a blank in [0, C)";
  if (labels.dtype != i32 || labels.ndim != 3 || labels.shape[1] != b || labels.shape[2] != t)
    return "expects labels (K, B, T) of int32";
  if (scores.dtype != z.dtype || scores.ndim != 2 || scores.shape[0] != b ||
      scores.shape[1] != labels.shape[0] || labels.shape[0] > call.ints[0])
    return "expects scores (B, K), K at most the width";
  return nullptr;
}

}  // namespace nncore::NNCORE_ISA
