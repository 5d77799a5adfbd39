"""Two operations that numba does not vectorise by itself, written for LLVM: they run on any processor that it knows."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

LANES = 8  # float32 numbers handled at a time

_I32, _I64 = ir.IntType(32), ir.IntType(64)
_REALS, _INTEGERS = ir.VectorType(ir.FloatType(), LANES), ir.VectorType(_I32, LANES)
CACHE_LINE = 16  # float32 numbers


@intrinsic
def running_sums(typing_context, n_w, factor, running, eta, chunks, own, own_factor):
    """running[j] = Σ over i = j, j − LANES, j − 2 LANES, … ≥ 0 of (n_w[i] + eta) factor[i], for j < chunks × LANES.

    At position `own` n_w counts one less, and the factor is `own_factor`: the token itself is left out without a
    write to memory. Arrays are contiguous float32; chunks and own are uint64.
    """
    signature = types.void(n_w, factor, running, types.float32, types.uint64, types.uint64, types.float32)

    def generate(context, builder, signature, arguments):
        pointers = _pointers(context, builder, signature, arguments, 3)
        eta, chunks, own, own_factor = arguments[3:]
        etas, factors = _everywhere(builder, eta, _REALS), _everywhere(builder, own_factor, _REALS)
        owns = _everywhere(builder, builder.trunc(own, _I32), _INTEGERS)
        zero, one = (ir.Constant(_REALS, [value] * LANES) for value in (0.0, 1.0))
        sums = cgutils.alloca_once_value(builder, zero)
        places = cgutils.alloca_once_value(builder, ir.Constant(_INTEGERS, list(range(LANES))))
        with cgutils.for_range(builder, chunks, intp=_I64) as loop:
            offset = builder.mul(loop.index, ir.Constant(_I64, LANES))
            here = [builder.bitcast(builder.gep(p, [offset]), _REALS.as_pointer()) for p in pointers]
            place = builder.load(places)
            is_own = builder.icmp_unsigned("==", place, owns)
            count = builder.fsub(builder.load(here[0], align=4), builder.select(is_own, one, zero))
            weight = builder.select(is_own, factors, builder.load(here[1], align=4))
            product = builder.fmul(builder.fadd(count, etas), weight, flags=("contract",))
            total = builder.fadd(builder.load(sums), product, flags=("contract",))
            builder.store(total, sums)
            builder.store(total, here[2], align=4)
            builder.store(builder.add(place, ir.Constant(_INTEGERS, [LANES] * LANES)), places)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def prefetch(typing_context, row, length):
    """Ask for the first `length` (uint64) numbers of a float32 row to be brought near the processor."""
    signature = types.void(row, types.uint64)

    def generate(context, builder, signature, arguments):
        (pointer,) = _pointers(context, builder, signature, arguments, 1)
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, _I32, _I32, _I32])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        for_writing, near, data = (ir.Constant(_I32, value) for value in (1, 3, 1))
        lines = builder.udiv(
            builder.add(arguments[1], ir.Constant(_I64, CACHE_LINE - 1)), ir.Constant(_I64, CACHE_LINE)
        )
        with cgutils.for_range(builder, lines, intp=_I64) as loop:
            line = builder.gep(pointer, [builder.mul(loop.index, ir.Constant(_I64, CACHE_LINE))])
            builder.call(function, [builder.bitcast(line, byte), for_writing, near, data])
        return context.get_dummy_value()

    return signature, generate


def _pointers(context, builder, signature, arguments, count: int) -> list:
    """Where the first `count` arguments, which are arrays, begin."""
    arrays = zip(signature.args[:count], arguments[:count], strict=True)
    return [make_array(kind)(context, builder, value).data for kind, value in arrays]


def _everywhere(builder, value, vector):
    """A vector that holds a value in every lane."""
    empty = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(empty, value, ir.Constant(_I32, 0))
    return builder.shuffle_vector(first, empty, ir.Constant(_INTEGERS, [0] * LANES))
