# Inside the zsh that completion.zsh asks: notes what is offered, and tells it on Ctrl-X.
PS1=
fpath=($folder $fpath)
autoload -Uz compinit
compinit -D -u
bindkey '^I' complete-word
unsetopt auto_list auto_menu beep

compadd() {
  local -a found
  # With these it only computes for who calls it.
  if [[ " $* " != *' -'[OAD]' '* ]]; then
    builtin compadd -A found "$@"
    (($#found)) && print -rl -- $found >>$offers/words
  fi
  builtin compadd "$@"
}

tell() {
  [[ -e $offers/words ]] && cat $offers/words >$offers/pipe
  rm -f $offers/words
  print . >$offers/pipe
  zle send-break
}
zle -N tell
bindkey '^X' tell
