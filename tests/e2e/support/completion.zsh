# zsh -f completion.zsh FOLDER LINE…: what zsh offers when Tab is pressed at the end of each LINE, one a line, and a line "." after each.
# FOLDER has the file of the completion, as a folder of fpath has it. A real, interactive zsh on a terminal of its own is asked.
emulate -L zsh
zmodload zsh/zpty || exit
folder=$1
shift
offers=$(mktemp -d)
trap 'zpty -d shell; rm -r $offers' EXIT
mkfifo $offers/pipe
export offers folder
zpty shell zsh -f -i
zpty -w shell 'source '${(q)0:A:h}'/completion_inside.zsh'
exec {told}<>$offers/pipe
for line in "$@"; do
  while zpty -r -t shell shown; do :; done  # what its terminal shows, or it would wait for a reader
  zpty -w -n shell $line$'\t\x18'
  while read -r -t 30 -u $told word; do
    print -r -- $word
    [[ $word == . ]] && continue 2
  done
  print -u2 "zsh says nothing of: $line"
  exit 1
done
