# Read by its neighbours: ENV and one of $words, in either order, become $environment and $word; "$@" is the rest.
is_word() {
    case " $words " in *" $1 "*) ;; *) return 1 ;; esac
}
usage() {
    sed -n -e '1d' -e '/^#/!q' -e 's/^# \{0,1\}//p' "$0"
}
case ${1:---help} in
-h | --help)
    usage
    exit 0
    ;;
esac
if is_word "${2:-}" && { ! is_word "$1" || [ -d "$here/../environments/$1" ]; }; then
    environment=$1 word=$2
    shift 2
elif is_word "$1"; then
    word=$1 environment=
    shift
    case ${1:--} in
    -*) ;;
    *)
        environment=$1
        shift
        ;;
    esac
else
    usage >&2
    exit 2
fi
